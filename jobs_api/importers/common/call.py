"""`Call`: what a command line of another scheduler runs, as far as it is a management command."""

from __future__ import annotations

import dataclasses
from typing import Any

from django.core.management import get_commands

from jobs_api.text.secrets import masked


@dataclasses.dataclass(slots=True)
class Call:
    """A management command, with what stood around it."""

    command: str = ""
    args: list[str] = dataclasses.field(default_factory=list)
    fields: dict[str, Any] = dataclasses.field(default_factory=dict)
    """Further fields of the job: timeout, overlap."""
    dropped: list[str] = dataclasses.field(default_factory=list)
    """Pieces of the line that have no place in a declaration."""
    notes: list[str] = dataclasses.field(default_factory=list)

    @property
    def job_fields(self) -> dict[str, Any]:
        """The fields of `Job`."""
        return {"command": self.command, **({"args": self.args} if self.args else {}), **self.fields}

    @property
    def all_notes(self) -> list[str]:
        """Everything that is not carried over."""
        dropped = [f"Left out: {', '.join(map(masked, self.dropped))}."] if self.dropped else []
        return [*dropped, *self.notes]


def secret_notes(left: list[str]) -> list[str]:
    """The sentence about values that were left out."""
    if not left:
        return []
    names = ", ".join(left)
    return [f"A value was left out, as it looks like a secret: {names}. Let the command read it itself."]


def command_notes(command: str) -> list[str]:
    """The sentence about a command that this project does not have."""
    if not command or command in get_commands():
        return []
    return [f"No command {command!r} is in this project: manage.py check will say so."]


def is_ours(command: str) -> bool:
    """Whether the command triggers jobs that are declared already."""
    return command in ("jobs_run", "jobs_run_due")

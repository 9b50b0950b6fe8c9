"""Management commands called in this process, with what a shell would see of them."""

from __future__ import annotations

import dataclasses
import io
import json
from datetime import datetime
from typing import Any
from unittest import mock

import pytest
from django.core.management import call_command, load_command_class
from django.core.management.base import CommandError
from django.db import connections
from django.utils import timezone

from jobs_api import Job
from jobs_api.schedule.slots import current_slot


@dataclasses.dataclass(frozen=True)
class Said:
    """Exit status and output."""

    code: Any
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """The lines of standard output without the padding of a table."""
        return [" ".join(line.split()) for line in self.out.splitlines()]

    def json(self) -> Any:
        """Standard output, which must be nothing but JSON."""
        return json.loads(self.out)


def manage(name: str, *arguments: object) -> Said:
    """``manage("jobs_run", "nightly", "--force")``."""
    out, err = io.StringIO(), io.StringIO()
    code: Any = 0
    try:
        call_command(name, *map(str, arguments), stdout=out, stderr=err)
    except CommandError as error:
        code = error.returncode
        err.write(f"CommandError: {error}")
    except SystemExit as end:
        code = end.code
    return Said(code, out.getvalue(), err.getvalue())


def in_a_shell(name: str, *words: str, stdout: Any = None, stderr: Any = None) -> Any:
    """Run it as manage.py does, on the connection of the test; returns the exit status."""
    command = type(load_command_class("jobs_api", name))(
        stdout=stdout or io.StringIO(), stderr=stderr or io.StringIO()
    )
    with mock.patch.object(connections, "close_all"), pytest.raises(SystemExit) as end:
        command.run_from_argv(["manage.py", name, *words])
    return end.value.code


def outcome_of(said: Said) -> str:
    """What the first trigger of a table led to."""
    return said.lines[1].split()[0]


def now_slot(job: Job) -> datetime:
    """The slot that a trigger means now."""
    slot = current_slot(job.slots, timezone.now())
    assert slot is not None
    return slot

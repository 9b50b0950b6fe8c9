"""Check the declarations: report what is wrong with jobs, each fault with id and hint."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core import checks

from jobs_api import registry
from jobs_api.arguments.faults import faults
from jobs_api.checks.messages import errors, whose
from jobs_api.registry import discovery
from jobs_api.registry.job import Job
from jobs_api.registry.validation import Fault


def check_declarations(**_: Any) -> list[checks.CheckMessage]:
    """Faults that were found at start-up, and commands, options and values that do not exist."""
    command_faults = [fault for job in registry.jobs() for fault in _command_faults(job)]
    return errors(iter([*_folded(discovery.faults), *command_faults, *discovery.warnings]))


def _folded(faults: list[Fault]) -> Iterator[Fault]:
    """Each fault; one that several jobs share is shown once, with their names."""
    groups: dict[tuple[str, ...], list[Fault]] = {}
    for fault in faults:
        groups.setdefault((fault.id, fault.problem or fault.text, fault.hint), []).append(fault)
    for (number, text, hint), group in groups.items():
        shared = len(group) > 1 and bool(group[0].problem)
        yield from [Fault(number, f"{text} {whose([of.job for of in group])}", hint)] if shared else group


def _command_faults(job: Job) -> Iterator[Fault]:
    for number, text, hint in faults(job):
        yield Fault(f"jobs_api.{number}", f"Job {job.name!r}: {text}", hint)

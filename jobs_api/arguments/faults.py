"""What is wrong with a job's arguments, and what its command takes instead."""

from __future__ import annotations

import difflib
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management import get_commands
from django.core.management.base import BaseCommand

from jobs_api.arguments import foreign, stealthy
from jobs_api.arguments.given import Given
from jobs_api.arguments.rehearsal import Found, Rehearsal
from jobs_api.registry import commands
from jobs_api.registry.job import Job


def faults(job: Job) -> Iterator[Found]:
    """Everything that keeps the job's command from being called with its arguments."""
    if job.command not in get_commands():
        near = difflib.get_close_matches(job.command, get_commands(), n=1)
        hint = f"Did you mean {near[0]!r}?" if near else "Name a management command with Job(command=...)."
        yield "E040", f"there is no command {job.command!r}.", hint
        return
    try:
        command: Any = commands.load(job.command)
        parser = command.create_parser("manage.py", job.command)
    except Exception as error:  # noqa: BLE001 - whatever a command raises is shown as its fault
        text = f"the command {job.command!r} cannot be loaded: {type(error).__name__}: {error}"
        yield "E040", f"{text:.500}", f"manage.py {job.command} --help shows where."
        return
    of = _of_another
    if isinstance(command, BaseCommand) and isinstance(parser, ArgumentParser):
        of = _of_argparse
    try:
        yield from list(of(job, command, parser))
    except Exception:  # noqa: BLE001 - a parser of the project's own, of which nothing is known: the run will tell
        return


def _of_argparse(job: Job, command: BaseCommand, parser: ArgumentParser) -> Iterator[Found]:
    given = _sample(job)
    rehearsal = Rehearsal(parser, given, stealthy(command))
    known = rehearsal.names()
    unknown = sorted(name for name in given.names if name not in known)
    yield from _unknown(job, unknown, known)
    if not unknown:
        yield from rehearsal.faults(job)


def _of_another(job: Job, command: Any, parser: Any) -> Iterator[Found]:
    given = _sample(job)
    known = foreign.names(command, parser)
    yield from _unknown(job, sorted(given.names - known - {*foreign.RESERVED}), known)
    for text in foreign.unsafe(command, parser, given.names):
        yield "E044", f"{job.command}: {text}.", "Give it in args; a caller cannot set it."


def _unknown(job: Job, names: list[str], known: set[str]) -> Iterator[Found]:
    for name in names:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else f"It knows {', '.join(sorted(known))}."
        if name in foreign.STREAMS:
            hint = "What a command writes is kept with its run."
        yield "E041", f"{job.command} has no option {name!r}.", hint


def _sample(job: Job) -> Given:
    """What a run is given of whose caller nothing is known.

    A job on demand is called by somebody, who may send all that it offers; a schedule sends nothing.
    """
    fields = {} if job.params is None else job.params.model_fields
    declared = {name: field.get_default() for name, field in fields.items() if not field.is_required()}
    defaults = {name: value for name, value in declared.items() if value is not None}
    called = job.schedule is None
    assumed = [
        name for name, field in fields.items() if called or field.is_required() or field.default_factory
    ]
    return Given(job.options, {}, defaults, tuple(fields), assumed)

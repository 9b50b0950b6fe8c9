"""Find errors in a job's arguments, and tell what its command accepts."""

from __future__ import annotations

import difflib
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management import get_commands
from django.core.management.base import BaseCommand

from jobs_api.arguments import call_faults, click_faults, foreign, stealth_options
from jobs_api.arguments.asking import refusals
from jobs_api.arguments.click_tree import tree_of
from jobs_api.arguments.rehearsal import Finding, Rehearsal
from jobs_api.arguments.run_values import RunValues
from jobs_api.registry import commands
from jobs_api.registry.job import Job


def faults(job: Job) -> list[Finding]:
    """Everything that prevents a call of the job's command with its arguments.

    A command is foreign code: whatever it raises, it is said that it cannot be checked. That is a warning,
    because it may work where it runs: the host may have a package or a table that this one lacks.
    """
    if job.call is not None:
        return call_faults.faults(job, job.call, _sample(job))
    if job.command not in get_commands():
        near = difflib.get_close_matches(job.command, get_commands(), n=1)
        hint = f"Did you mean {near[0]!r}?" if near else "Name a management command with Job(command=...)."
        return [("E040", f"the command {job.command!r} does not exist.", hint)]
    try:
        with refusals() as refused:
            command: Any = commands.load(job.command)
            parser = command.create_parser("manage.py", job.command)
        return [_unchecked(job, refused[0])] if refused else list(_of(job, command, parser))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the project's own code must not end a check
        return [_unchecked(job, error)]


def _unchecked(job: Job, why: BaseException | str) -> Finding:
    text = f"the command {job.command!r} cannot be checked: {_described(why)}"
    hint = f"`manage.py {job.command} --help` shows where. A run tells whether its arguments are right."
    return "W040", f"{text:.500}", hint


def _described(why: BaseException | str) -> str:
    try:
        return why if isinstance(why, str) else f"{type(why).__name__}: {why}"
    except Exception:  # noqa: BLE001 - it is not ours
        return type(why).__name__


def _of(job: Job, command: Any, parser: Any) -> Iterator[Finding]:
    if isinstance(command, BaseCommand) and isinstance(parser, ArgumentParser):
        yield from _of_argparse(job, command, parser)
    elif (root := tree_of(command, parser)) is not None:
        yield from click_faults.findings(job, command, root, _sample(job))
    elif job.args or job.options or job.params:
        yield from _of_another(job, command, parser)


def _of_argparse(job: Job, command: BaseCommand, parser: ArgumentParser) -> Iterator[Finding]:
    run_values = _sample(job)
    rehearsal = Rehearsal(parser, run_values, stealth_options(command))
    if rehearsal.cannot_know():
        yield _unchecked(job, "it chooses its subcommands itself")
        return
    valid_names = rehearsal.names()
    unknown = sorted(name for name in run_values.names if name not in valid_names)
    yield from _unknown(job, unknown, valid_names)
    if not unknown:
        yield from rehearsal.faults(job)


def _of_another(job: Job, command: Any, parser: Any) -> Iterator[Finding]:
    run_values = _sample(job)
    valid_names = foreign.names(command, parser)
    yield from _unknown(job, sorted(run_values.names - valid_names - {*foreign.RESERVED}), valid_names)
    for text in foreign.unsafe(command, parser, run_values.names):
        yield "E044", f"{job.command}: {text}.", "Set it in `args`; a caller cannot set it."


def _unknown(job: Job, names: list[str], valid_names: set[str]) -> Iterator[Finding]:
    for name in names:
        near = difflib.get_close_matches(name, valid_names, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else f"Use one of {', '.join(sorted(valid_names))}."
        if name in foreign.STREAMS:
            hint = "jobs_api stores the output of a command with its run."
        yield "E041", f"{job.command} has no option {name!r}.", hint


def _sample(job: Job) -> RunValues:
    """The values of a run whose caller is not known yet.

    A caller of a job on demand may send every option that the job offers; a schedule sends nothing.
    """
    fields = {} if job.params is None else job.params.model_fields
    declared = {name: field.get_default() for name, field in fields.items() if not field.is_required()}
    defaults = {name: value for name, value in declared.items() if value is not None}
    called = job.schedule is None
    assumed = [
        name for name, field in fields.items() if called or field.is_required() or field.default_factory
    ]
    return RunValues(job.options, {}, defaults, tuple(fields), assumed)

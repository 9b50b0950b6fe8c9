"""What is wrong with a job's arguments: they are read as a run reads them, without the project's own code.

Types and kinds of arguments that a project has written itself may open files or ask a database; a check does
neither. What they would say is left to the run.
"""

from __future__ import annotations

import difflib
from argparse import Action, ArgumentError, ArgumentParser, Namespace, _SubParsersAction
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management import CommandError, get_commands
from django.core.management.base import BaseCommand

from jobs_api.arguments import foreign, load, stealthy
from jobs_api.arguments.given import Given
from jobs_api.arguments.levels import Level, Taken
from jobs_api.arguments.prepared import Prepared
from jobs_api.arguments.values import LISTS, reader, same
from jobs_api.registry import Job

Found = tuple[str, str, str]
"""The number of a check, its text and its hint."""
HARMLESS = (None, str, int, float, complex, Decimal, Path, UUID, date.fromisoformat, datetime.fromisoformat)
"""Types that a check may call."""
UNKNOWN = object()
"""What another type would make of a string."""


def faults(job: Job) -> Iterator[Found]:
    """Everything that keeps the job's command from being called with its arguments."""
    if job.command not in get_commands():
        near = difflib.get_close_matches(job.command, get_commands(), n=1)
        hint = f"Did you mean {near[0]!r}?" if near else "Name a management command with Job(command=...)."
        yield "E040", f"there is no command {job.command!r}.", hint
        return
    try:
        command: Any = load(job.command)
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


class Rehearsal(Prepared):
    """Reads as a run does, but calls nothing of the project's own."""

    def names(self) -> set[str]:
        """All that can be given."""
        return {action.dest for level in self._levels.values() for action in level.actions} | {
            *self._stealthy
        }

    def faults(self, job: Job) -> Iterator[Found]:
        """What the parser says of the job's args, then of its options, then of its params' defaults."""
        hint = f"manage.py {job.command} --help shows what it takes."
        prefixes = self.root.parser.fromfile_prefix_chars or ""
        texts = [str(text) for arg in job.args for text in (arg if isinstance(arg, (list, tuple)) else [arg])]
        if any(text[:1] in prefixes for text in texts if text):
            return  # what the file says on the host where the job runs is not known here
        number, about = "E042", ""
        try:
            read = self._parsed(texts)
            number = "E044"
            for whose, name, value in self._values():
                about = whose
                self._written(read, name, value)
        except (CommandError, ArgumentError, SystemExit) as error:  # the last one is a parser's that is plain
            text = str(error).removeprefix("Error: ")
            yield number, f"{job.command}: {about}{text:.500}", hint

    def _parsed(self, texts: list[str]) -> Any:
        parser = self.root.parser
        if self.given.names and getattr(parser, "missing_args_message", None):
            parser.missing_args_message = None  # type: ignore[attr-defined]
        read = parser.parse_args(texts)
        self._choose(read)
        for level in self.entered:
            for fault in level.faults:
                raise fault
        return read

    def _values(self) -> Iterator[tuple[str, str, Any]]:
        yield from (("options: ", name, value) for name, value in self.given.fixed.items())
        yield from (("params: ", name, value) for name, value in self.given.defaults.items())
        rest = [name for name in self.given.offered if name not in self.given.effective]
        yield from (("params: ", name, None) for name in rest)

    def _written(self, read: Namespace, name: str, value: Any) -> None:
        entered = any(level.named(name) for level in self.entered)
        chosen_later = any(
            verb.dest in self.given.names for level in self._levels.values() for verb in level.verbs
        )
        if not entered and self.known(name) and chosen_later:
            return  # by the caller, who chooses the subcommand
        if entered and (value is None or self._is_plain_default(name, value)):
            return  # what a caller will send is not known
        self.write(read, name, value)

    def _copy(self, parser: ArgumentParser) -> Level:
        level = super()._copy(parser)
        careful: Any = level.parser
        convert, check = careful._get_value, careful._check_value

        def get_value(action: Action, text: str) -> Any:
            harmless = any(action.type is kind or action.type == kind for kind in HARMLESS)
            return convert(action, text) if harmless else UNKNOWN

        def check_value(action: Action, value: Any) -> None:
            if value is not UNKNOWN:
                check(action, value)

        def error(message: str) -> None:
            raise CommandError(message)

        careful._get_value, careful._check_value, careful.error = get_value, check_value, error
        level.replace({action: Silent(action) for action in careful._actions if _is_foreign(action)})
        return level

    def _is_plain_default(self, name: str, value: Any) -> bool:
        """Whether a default says nothing, or what the parser says: no command line could have to say it."""
        actions = [action for level in self.entered for action in level.named(name)]
        unset = name not in self.given.fixed and isinstance(value, LISTS) and not value
        return unset or any(same(value, action.default) for action in actions)

    def _call(self, *_: Any) -> None:
        """Nothing: it is the project's own code."""


class Silent(Action):
    """Stands for an argument that would print and exit, or do what only its project knows."""

    def __init__(self, action: Action) -> None:
        vars(self).update(vars(action))

    def __call__(self, *_: Any, **__: Any) -> None:
        """Do nothing."""


def _is_foreign(action: Action) -> bool:
    known = isinstance(action, (Taken, _SubParsersAction)) or reader(action) is not None
    return not known

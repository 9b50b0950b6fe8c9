"""Reads a job's arguments as a run does, but for the project's own code, which is left to the run.

Types and kinds of arguments that a project has written may open files or ask a database. A check does not.
"""

from __future__ import annotations

from argparse import Action, ArgumentError, ArgumentParser, Namespace, _SubParsersAction
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management import CommandError

from jobs_api.arguments.levels import Level, Taken
from jobs_api.arguments.prepared import Prepared
from jobs_api.arguments.values import LISTS, reader, same
from jobs_api.registry.job import Job

Found = tuple[str, str, str]
"""The number of a check, its text and its hint."""
HARMLESS = (None, str, int, float, complex, Decimal, Path, UUID, date.fromisoformat, datetime.fromisoformat)
"""Types that a check may call."""
UNKNOWN = object()
"""What another type would make of a string."""


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

"""Parse a job's arguments as a run does, but without calling the project's own code.

Argument types and actions that a project has written may open files or use a database. A check must not.
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

from jobs_api.arguments.levels import Level, Preset
from jobs_api.arguments.prepared import Prepared
from jobs_api.arguments.values import LISTS, reader, same
from jobs_api.registry.job import Job

Finding = tuple[str, str, str]
"""The number of a check, its text and its hint."""
HARMLESS = (None, str, int, float, complex, Decimal, Path, UUID, date.fromisoformat, datetime.fromisoformat)
"""Types that a check may call."""
UNKNOWN = object()
"""Stands for the value that another type would make of a string."""


class Rehearsal(Prepared):
    """Parses as a run does, but calls no code of the project."""

    def names(self) -> set[str]:
        """All options that can be set."""
        return {action.dest for level in self._levels.values() for action in level.actions} | {
            *self._stealth_options
        }

    def cannot_know(self) -> bool:
        """Whether the project's own code chooses the subcommand: it may also make it first."""
        verbs = [verb for level in self._levels.values() for verb in level.verbs]
        return any(type(verb).__call__ is not _SubParsersAction.__call__ for verb in verbs)

    def faults(self, job: Job) -> Iterator[Finding]:
        """The parser's errors about the job's `args`, then its `options`, then the defaults of `params`."""
        hint = f"`manage.py {job.command} --help` shows what it accepts."
        prefixes = self.root.parser.fromfile_prefix_chars or ""
        texts = [str(text) for arg in job.args for text in (arg if isinstance(arg, (list, tuple)) else [arg])]
        if any(text[:1] in prefixes for text in texts if text):
            return  # the content of the file on the host where the job runs is not known here
        number, about = "E042", ""
        try:
            parsed = self._parsed(texts)
            number = "E044"
            for whose, name, value in self._values():
                about = whose
                self._written(parsed, name, value)
        except (CommandError, ArgumentError, SystemExit) as error:  # a plain parser raises SystemExit
            text = str(error).removeprefix("Error: ")
            yield number, f"{job.command}: {about}{text:.500}", hint

    def _parsed(self, texts: list[str]) -> Any:
        parser = self.root.parser
        if self.run_values.names and getattr(parser, "missing_args_message", None):
            parser.missing_args_message = None  # type: ignore[attr-defined]
        parsed = parser.parse_args(texts)
        self._choose(parsed)
        for level in self.entered:
            for fault in level.faults:
                raise fault
        return parsed

    def _values(self) -> Iterator[tuple[str, str, Any]]:
        yield from (("options: ", name, value) for name, value in self.run_values.fixed.items())
        yield from (("params: ", name, value) for name, value in self.run_values.defaults.items())
        rest = [name for name in self.run_values.offered if name not in self.run_values.effective]
        yield from (("params: ", name, None) for name in rest)

    def _written(self, parsed: Namespace, name: str, value: Any) -> None:
        entered = any(level.named(name) for level in self.entered)
        chosen_later = any(
            verb.dest in self.run_values.names for level in self._levels.values() for verb in level.verbs
        )
        if not entered and self.has_argument(name) and chosen_later:
            return  # the caller will choose the subcommand
        if entered and (value is None or self._is_plain_default(name, value)):
            return  # the caller's value is not known yet
        self.write(parsed, name, value)

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
        """Whether a default is empty or equal to the parser's default: then no command line has to set it."""
        actions = [action for level in self.entered for action in level.named(name)]
        unset = name not in self.run_values.fixed and isinstance(value, LISTS) and not value
        return unset or any(same(value, action.default) for action in actions)

    def _call(self, *_: Any) -> None:
        """Do nothing: this is the project's own code."""


class Silent(Action):
    """Replaces an argument that would print and exit, or call the project's own code."""

    def __init__(self, action: Action) -> None:
        vars(self).update(vars(action))

    def __call__(self, *_: Any, **__: Any) -> None:
        """Do nothing."""


def _is_foreign(action: Action) -> bool:
    known_kind = isinstance(action, (Preset, _SubParsersAction)) or reader(action) is not None
    return not known_kind

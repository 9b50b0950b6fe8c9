"""A copy of a command's parser (or a subcommand's) without the arguments that are passed as values."""

from __future__ import annotations

import argparse
import copy
from argparse import Action, ArgumentError, ArgumentParser
from collections.abc import Iterator
from typing import Any, NoReturn

from jobs_api.arguments.run_values import RunValues
from jobs_api.arguments.values import counts, is_open_list, takes_values

SET_BY_JOB = "it is set by the job's `options` or `params`"
EMPTY = (argparse.OPTIONAL, argparse.ZERO_OR_MORE, argparse.REMAINDER)
"""`nargs` with which a positional argument may be omitted, although argparse calls some of them required."""


class Preset(Action):
    """Replaces an argument that the command line must not set; it keeps the argument's default."""

    def __init__(self, action: Action, why: str, *, required: bool, default: Any) -> None:
        vars(self).update(vars(action))
        self.why, self.required, self.default = why, required, default
        if not action.option_strings:
            # Make it an option that no text can name: as a positional argument it would take the next text.
            self.option_strings = [action.dest]
            if default is None and is_open_list(action):
                self.default = []

    def __call__(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse a value from the command line."""
        raise ArgumentError(self, self.why)


class Level:
    """A changed copy of a parser; the command's own parser, which it may keep, is not changed."""

    def __init__(self, parser: ArgumentParser, run_values: RunValues) -> None:
        self._run_values = run_values
        self.actions = [action for action in parser._actions if takes_values(action)]
        self._groups = list(parser._mutually_exclusive_groups)
        self.faults: list[ArgumentError] = []
        """Values that exclude each other."""
        self.verbs: list[argparse._SubParsersAction[Any]] = []
        """The copy's arguments that choose a subcommand."""
        self.parser = copy.copy(parser)
        self._take_out(parser)

    def named(self, dest: str) -> list[Action]:
        """The arguments that set this value, without those that choose a subcommand."""
        subparsers = argparse._SubParsersAction
        return [a for a in self.actions if a.dest == dest and not isinstance(a, subparsers)]

    def _take_out(self, parser: ArgumentParser) -> None:
        if not self._run_values.names and parser._subparsers is None:
            return
        stand_ins = {action: self._stand_in(action) for action in parser._actions}
        copied: Any = self.parser
        copied._mutually_exclusive_groups = [self._copy_of(group) for group in self._groups]
        self.replace(stand_ins)

    def replace(self, stand_ins: dict[Action, Action]) -> None:
        """Replace arguments of the copy."""
        copied: Any = self.parser
        named = copied._option_string_actions
        copied._actions = [stand_ins.get(action, action) for action in copied._actions]
        copied._option_string_actions = {
            name: stand_ins.get(action, action) for name, action in named.items()
        }
        copied._mutually_exclusive_groups = list(map(copy.copy, copied._mutually_exclusive_groups))
        for group in copied._mutually_exclusive_groups:
            group._group_actions = [stand_ins.get(action, action) for action in group._group_actions]

    def _stand_in(self, action: Action) -> Action:
        if isinstance(action, argparse._SubParsersAction):
            verb = copy.copy(action)
            self.verbs.append(verb)
            return self._preset(action) if action.dest in self._run_values.names else verb
        if action.dest in self._run_values.names and action in self.actions:
            return self._preset(action)
        for rival in self._rivals(action):
            if self._matters(rival):
                why = f"not allowed with argument {'/'.join(rival.option_strings) or rival.dest}"
                return Preset(action, why, required=False, default=action.default)
        return action

    def _preset(self, action: Action) -> Preset:
        default = self._run_values.defaults[action.dest] if self._defaults(action) else action.default
        missing = action.required and (bool(action.option_strings) or action.nargs not in EMPTY)
        alike = [other for other in self.actions if other.dest == action.dest]
        met = action.dest in self._run_values.assumed or any(map(self._matters, alike))
        return Preset(action, SET_BY_JOB, required=missing and not met, default=default)

    def _is_set(self, action: Action) -> bool:
        values = self._run_values.values
        return action.dest in values and counts(action, values[action.dest])

    def _defaults(self, action: Action) -> bool:
        """Whether the model's default applies: not if a value that excludes it is set."""
        if action.dest not in self._run_values.defaults or action not in self.actions:
            return False
        return not any(self._is_set(rival) for rival in self._rivals(action))

    def _rivals(self, action: Action) -> Iterator[Action]:
        for group in self._groups:
            if action in group._group_actions:
                yield from (other for other in group._group_actions if other.dest != action.dest)

    def _copy_of(self, group: Any) -> Any:
        copied = copy.copy(group)
        present = [action for action in group._group_actions if self._matters(action)]
        assumed = any(action.dest in self._run_values.assumed for action in group._group_actions)
        copied.required = group.required and not present and not assumed
        for other in present[1:]:
            if other.dest != present[0].dest:
                first = "/".join(present[0].option_strings) or present[0].dest
                self.faults.append(ArgumentError(other, f"not allowed with argument {first}"))
        return copied

    def _matters(self, action: Action) -> bool:
        """Whether a command line with these values would name the argument."""
        defaults = self._run_values.defaults
        return self._is_set(action) or (self._defaults(action) and counts(action, defaults[action.dest]))

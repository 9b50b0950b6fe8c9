"""A parser, or that of a subcommand, out of which is taken what is given as values."""

from __future__ import annotations

import argparse
import copy
from argparse import Action, ArgumentError, ArgumentParser
from collections.abc import Iterator
from typing import Any, NoReturn

from jobs_api.arguments.given import Given
from jobs_api.arguments.values import counts, is_open_list, takes_values

OURS = "it is set by the job's options, or by its params"
EMPTY = (argparse.OPTIONAL, argparse.ZERO_OR_MORE, argparse.REMAINDER)
"""`nargs` of which a positional argument may be left out; argparse calls some of them required."""


class Taken(Action):
    """Stands in a parser for an argument that its command line may not set, and has its default."""

    def __init__(self, action: Action, why: str, *, required: bool, default: Any) -> None:
        vars(self).update(vars(action))
        self.why, self.required, self.default = why, required, default
        if not action.option_strings:
            # As an option that no text can name: a positional argument would take the next text that comes.
            self.option_strings = [action.dest]
            if default is None and is_open_list(action):
                self.default = []

    def __call__(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse to be set by the command line."""
        raise ArgumentError(self, self.why)


class Level:
    """A copy of a parser; the command's own, which it may keep, stays as it is."""

    def __init__(self, parser: ArgumentParser, given: Given) -> None:
        self._given = given
        self.actions = [action for action in parser._actions if takes_values(action)]
        self._groups = list(parser._mutually_exclusive_groups)
        self.faults: list[ArgumentError] = []
        """What excludes each other among the values."""
        self.verbs: list[argparse._SubParsersAction[Any]] = []
        """The choice of a subcommand, as it stands in the copy."""
        self.parser = copy.copy(parser)
        self._take_out(parser)

    def named(self, dest: str) -> list[Action]:
        """The arguments that set this, and no choice of a subcommand."""
        subparsers = argparse._SubParsersAction
        return [a for a in self.actions if a.dest == dest and not isinstance(a, subparsers)]

    def _take_out(self, parser: ArgumentParser) -> None:
        if not self._given.names and parser._subparsers is None:
            return
        stand_ins = {action: self._stand_in(action) for action in parser._actions}
        copied: Any = self.parser
        copied._mutually_exclusive_groups = [self._copy_of(group) for group in self._groups]
        self.replace(stand_ins)

    def replace(self, stand_ins: dict[Action, Action]) -> None:
        """Let other arguments stand in the copy for these."""
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
            return self._taken(action) if action.dest in self._given.names else verb
        if action.dest in self._given.names and action in self.actions:
            return self._taken(action)
        for rival in self._rivals(action):
            if self._matters(rival):
                why = f"not allowed with argument {'/'.join(rival.option_strings) or rival.dest}"
                return Taken(action, why, required=False, default=action.default)
        return action

    def _taken(self, action: Action) -> Taken:
        default = self._given.defaults[action.dest] if self._defaults(action) else action.default
        missing = action.required and (bool(action.option_strings) or action.nargs not in EMPTY)
        alike = [other for other in self.actions if other.dest == action.dest]
        met = action.dest in self._given.assumed or any(map(self._matters, alike))
        return Taken(action, OURS, required=missing and not met, default=default)

    def _is_set(self, action: Action) -> bool:
        values = self._given.values
        return action.dest in values and counts(action, values[action.dest])

    def _defaults(self, action: Action) -> bool:
        """Whether the model's default holds: it stands back behind a value that excludes it."""
        if action.dest not in self._given.defaults or action not in self.actions:
            return False
        return not any(self._is_set(rival) for rival in self._rivals(action))

    def _rivals(self, action: Action) -> Iterator[Action]:
        for group in self._groups:
            if action in group._group_actions:
                yield from (other for other in group._group_actions if other.dest != action.dest)

    def _copy_of(self, group: Any) -> Any:
        copied = copy.copy(group)
        present = [action for action in group._group_actions if self._matters(action)]
        assumed = any(action.dest in self._given.assumed for action in group._group_actions)
        copied.required = group.required and not present and not assumed
        for other in present[1:]:
            if other.dest != present[0].dest:
                first = "/".join(present[0].option_strings) or present[0].dest
                self.faults.append(ArgumentError(other, f"not allowed with argument {first}"))
        return copied

    def _matters(self, action: Action) -> bool:
        """Whether a command line would name it, to say what is given."""
        given = self._given.defaults
        return self._is_set(action) or (self._defaults(action) and counts(action, given[action.dest]))

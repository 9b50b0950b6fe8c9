"""A command's parser that holds values already, and reads of a command line what is left."""

from __future__ import annotations

import copy
from argparse import Action, ArgumentError, ArgumentParser, Namespace
from collections.abc import Collection, Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError, OutputWrapper

from jobs_api.arguments.given import Given
from jobs_api.arguments.levels import Level
from jobs_api.arguments.values import calls, is_made, reader, same


class Prepared:
    """The parser of one call, and those of its subcommands."""

    def __init__(self, parser: ArgumentParser, given: Given, stealthy: Collection[str] = ()) -> None:
        self.given = given
        self._stealthy = stealthy
        self._levels: dict[int, Level] = {}
        self.root = self._level(parser)
        self.entered = [self.root]
        """The parser, and that of the subcommand that is chosen, and of its own."""

    def to_be_read_by(self, command: BaseCommand, stream: Any) -> ArgumentParser:
        """The parser whose `parse_args` returns the values, too, and where the output of the run goes."""
        parser: Any = self.root.parser
        if self.given.values and getattr(parser, "missing_args_message", None):
            parser.missing_args_message = None  # it is for a command line that is empty
        parse = parser.parse_args

        def parse_args(args: Sequence[str] | None = None, namespace: Any = None) -> Any:
            read = self.read(parse, args, namespace)
            self._direct(command, read, stream)
            return read

        parser.parse_args = parse_args
        return self.root.parser

    def read(self, parse: Any, args: Sequence[str] | None, namespace: Any = None) -> Any:
        """What the command line and the values say together."""
        try:
            read = parse(args, namespace)
            self._choose(read)
            for level in self.entered:
                if level.faults:
                    raise level.faults[0]
            for name, value in [*self.given.fixed.items(), *self.given.sent.items()]:
                self.write(read, name, value)
            for name in [name for name in self.given.defaults if not self.known(name)]:
                self.write(read, name, self.given.defaults[name])
        except ArgumentError as error:
            raise CommandError(f"Error: {error}") from None
        return read

    def _direct(self, command: BaseCommand, read: Any, stream: Any) -> None:
        """Where the output goes; a command may have arguments of its own that are called so."""
        for name in ("stdout", "stderr"):
            if any(level.named(name) for level in self.entered):
                setattr(command, name, OutputWrapper(stream))
            else:
                setattr(read, name, stream)

    def known(self, name: str) -> bool:
        """Whether the parser or a subcommand has an argument that sets this."""
        return any(action.dest == name for level in self._levels.values() for action in level.actions)

    # -- subcommands ------------------------------------------------------------------------------

    def _level(self, parser: ArgumentParser) -> Level:
        """The copy of a parser; one for all the names that a subcommand has."""
        if id(parser) not in self._levels:
            level = self._levels[id(parser)] = self._copy(parser)
            for verb in level.verbs:
                subs = {name: self._level(sub) for name, sub in verb._name_parser_map.items()}
                for sub in {id(sub): sub for sub in subs.values()}.values():
                    self._note_use(sub)
                verb._name_parser_map = {name: sub.parser for name, sub in subs.items()}
                verb.choices = verb._name_parser_map
        return self._levels[id(parser)]

    def _copy(self, parser: ArgumentParser) -> Level:
        return Level(parser, self.given)

    def _note_use(self, level: Level) -> None:
        parser: Any = level.parser
        parse = parser.parse_known_args

        def parse_known_args(*args: Any, **more: Any) -> Any:
            self.entered.append(level)
            return parse(*args, **more)

        parser.parse_known_args = parse_known_args

    def _choose(self, read: Namespace) -> None:
        """Enter the subcommands that are chosen by a value; the list grows meanwhile."""
        for level in self.entered:
            for verb in level.verbs:
                name = self.given.effective.get(verb.dest)
                if name is None:
                    continue
                if not isinstance(name, str) or name not in verb._name_parser_map:
                    known = ", ".join(map(repr, verb._name_parser_map))
                    raise ArgumentError(verb, f"invalid choice: {name!r:.200} (choose from {known})")
                verb(level.parser, read, [name])

    # -- values -----------------------------------------------------------------------------------

    def write(self, read: Namespace, name: str, value: Any) -> None:
        """Put one value where the command finds it; the first argument of that name that takes it decides."""
        found = [(level, action) for level in reversed(self.entered) for action in level.named(name)]
        if not found:
            self._write_other(read, name, value)
        faults = []
        for level, action in found:
            try:
                self._apply(level, action, read, value)
            except ArgumentError as error:
                faults.append(error)
            else:
                return
        if faults:
            raise faults[0]

    def _write_other(self, read: Namespace, name: str, value: Any) -> None:
        if any(verb.dest == name for level in self.entered for verb in level.verbs):
            return  # it is chosen already
        if name in self._stealthy:
            setattr(read, name, value)
        elif self.known(name):
            raise ArgumentError(None, f"{name!r} belongs to a subcommand that is not chosen")
        else:
            raise ArgumentError(None, f"there is no option {name!r}")

    def _apply(self, level: Level, action: Action, read: Namespace, value: Any) -> None:
        read_value = reader(action)
        if read_value is not None:
            setattr(read, action.dest, read_value(level.parser, action, value))
        elif is_made(action, value):
            setattr(read, action.dest, value)
        else:
            self._call_with(level, action, read, value)

    def _call_with(self, level: Level, action: Action, read: Namespace, value: Any) -> None:
        for values, option in calls(level.parser, action, value):
            self._call(level, action, read, values, option)

    def _call(self, level: Level, action: Action, read: Namespace, values: Any, option: str | None) -> None:
        """Let an argument of the project's own kind do what it does, but not to what the job has fixed."""
        held = {name: _copied(value) for name, value in vars(read).items() if self._is_held(name, value)}
        action(level.parser, read, values, option)
        for name, value in held.items():
            if action.dest not in (name, *self.given.fixed) and not same(getattr(read, name, None), value):
                raise ArgumentError(action, f"it would change {name!r}, which the job has set")

    def _is_held(self, name: str, value: Any) -> bool:
        """Whether the job has set this, by its options or its args."""
        if name in self.given.fixed or name in self.given.sent:
            return name in self.given.fixed
        found = [(level, action) for level in self.entered for action in level.named(name)]
        return bool(found) and not any(_is_default(level, action, value) for level, action in found)


def _copied(value: Any) -> Any:
    return copy.copy(value) if isinstance(value, (list, dict, set)) else value


def _is_default(level: Level, action: Action, value: Any) -> bool:
    if same(value, action.default):
        return True
    return isinstance(action.default, str) and same(value, level.parser._get_value(action, action.default))

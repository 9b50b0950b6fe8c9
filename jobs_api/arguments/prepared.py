"""A command's parser that already holds values and parses only the rest from a command line."""

from __future__ import annotations

import copy
from argparse import Action, ArgumentError, ArgumentParser, Namespace
from collections.abc import Collection, Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError, OutputWrapper

from jobs_api.arguments.levels import Level
from jobs_api.arguments.run_values import RunValues
from jobs_api.arguments.values import calls, is_ready_made, reader, same


class Prepared:
    """The parser for one call, and the parsers of its subcommands."""

    def __init__(
        self, parser: ArgumentParser, run_values: RunValues, stealth_options: Collection[str] = ()
    ) -> None:
        self.run_values = run_values
        self._stealth_options = stealth_options
        self._levels: dict[int, Level] = {}
        self.root = self._level(parser)
        self.entered = [self.root]
        """The parser, then the parsers of the chosen subcommand and its subcommands."""

    def to_be_read_by(self, command: BaseCommand, stream: Any) -> ArgumentParser:
        """The parser. Its `parse_args` also returns the values and the stream for the run's output."""
        parser: Any = self.root.parser
        if self.run_values.values and getattr(parser, "missing_args_message", None):
            parser.missing_args_message = None  # it is a message for an empty command line
        parse = parser.parse_args

        def parse_args(args: Sequence[str] | None = None, namespace: Any = None) -> Any:
            parsed = self.read(parse, args, namespace)
            self._direct(command, parsed, stream)
            return parsed

        parser.parse_args = parse_args
        return self.root.parser

    def read(self, parse: Any, args: Sequence[str] | None, namespace: Any = None) -> Any:
        """The command line and the values together."""
        try:
            parsed = parse(args, namespace)
            self._choose(parsed)
            for level in self.entered:
                if level.faults:
                    raise level.faults[0]
            for name, value in [*self.run_values.fixed.items(), *self.run_values.sent.items()]:
                self.write(parsed, name, value)
            for name in [name for name in self.run_values.defaults if not self.has_argument(name)]:
                self.write(parsed, name, self.run_values.defaults[name])
        except ArgumentError as error:
            raise CommandError(f"Error: {error}") from None
        return parsed

    def _direct(self, command: BaseCommand, parsed: Any, stream: Any) -> None:
        """Set the output streams; a command may have its own arguments with these names."""
        for name in ("stdout", "stderr"):
            if any(level.named(name) for level in self.entered):
                setattr(command, name, OutputWrapper(stream))
            else:
                setattr(parsed, name, stream)

    def has_argument(self, name: str) -> bool:
        """Whether the parser or a subcommand has an argument that sets this value."""
        return any(action.dest == name for level in self._levels.values() for action in level.actions)

    # -- subcommands ------------------------------------------------------------------------------

    def _level(self, parser: ArgumentParser) -> Level:
        """The copy of a parser; a subcommand with several names has one copy."""
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
        return Level(parser, self.run_values)

    def _note_use(self, level: Level) -> None:
        parser: Any = level.parser
        parse = parser.parse_known_args

        def parse_known_args(*args: Any, **more: Any) -> Any:
            self.entered.append(level)
            return parse(*args, **more)

        parser.parse_known_args = parse_known_args

    def _choose(self, parsed: Namespace) -> None:
        """Enter the subcommands that values choose; `entered` grows during the loop."""
        for level in self.entered:
            for verb in level.verbs:
                name = self.run_values.effective.get(verb.dest)
                if name is None:
                    continue
                if not isinstance(name, str) or name not in verb._name_parser_map:
                    choices = ", ".join(map(repr, verb._name_parser_map))
                    raise ArgumentError(verb, f"invalid choice: {name!r:.200} (choose from {choices})")
                verb(level.parser, parsed, [name])

    # -- values -----------------------------------------------------------------------------------

    def write(self, parsed: Namespace, name: str, value: Any) -> None:
        """Store one value for the command; the first argument of that name that accepts it decides."""
        candidates = [(level, action) for level in reversed(self.entered) for action in level.named(name)]
        if not candidates:
            self._write_other(parsed, name, value)
        faults = []
        for level, action in candidates:
            try:
                self._apply(level, action, parsed, value)
            except ArgumentError as error:
                faults.append(error)
            else:
                return
        if faults:
            raise faults[0]

    def _write_other(self, parsed: Namespace, name: str, value: Any) -> None:
        if any(verb.dest == name for level in self.entered for verb in level.verbs):
            return  # the subcommand is already chosen
        if name in self._stealth_options:
            setattr(parsed, name, value)
        elif self.has_argument(name):
            raise ArgumentError(None, f"{name!r} belongs to a subcommand that is not chosen")
        else:
            raise ArgumentError(None, f"the option {name!r} does not exist")

    def _apply(self, level: Level, action: Action, parsed: Namespace, value: Any) -> None:
        read_value = reader(action)
        if read_value is not None:
            setattr(parsed, action.dest, read_value(level.parser, action, value))
        elif is_ready_made(action, value):
            setattr(parsed, action.dest, value)
        else:
            self._call_with(level, action, parsed, value)

    def _call_with(self, level: Level, action: Action, parsed: Namespace, value: Any) -> None:
        for values, option in calls(level.parser, action, value):
            self._call(level, action, parsed, values, option)

    def _call(self, level: Level, action: Action, parsed: Namespace, values: Any, option: str | None) -> None:
        """Call the project's own kind of argument, but do not let it change values that the job has fixed."""
        held = {name: _copied(value) for name, value in vars(parsed).items() if self._is_held(name, value)}
        action(level.parser, parsed, values, option)
        fixed = self.run_values.fixed
        for name, value in held.items():
            if action.dest not in (name, *fixed) and not same(getattr(parsed, name, None), value):
                raise ArgumentError(action, f"it would change {name!r}, which the job has set")

    def _is_held(self, name: str, value: Any) -> bool:
        """Whether the job has set this value by its `options` or `args`."""
        if name in self.run_values.fixed or name in self.run_values.sent:
            return name in self.run_values.fixed
        candidates = [(level, action) for level in self.entered for action in level.named(name)]
        return bool(candidates) and not any(_is_default(level, action, value) for level, action in candidates)


def _copied(value: Any) -> Any:
    return copy.copy(value) if isinstance(value, (list, dict, set)) else value


def _is_default(level: Level, action: Action, value: Any) -> bool:
    if same(value, action.default):
        return True
    return isinstance(action.default, str) and same(value, level.parser._get_value(action, action.default))

"""Commands made with click or typer: a copy whose parameters already hold values.

As with argparse, the copy's command line does not know the parameters that are set as values: they are added
to what the parser has read. So click converts and checks them, and calls their callbacks, but none is ever
read as a command line. Nothing is imported from click: typer has a click of its own.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from jobs_api.arguments.click_params import Level, all_names, own_names, shaped, takers
from jobs_api.arguments.levels import SET_BY_JOB
from jobs_api.arguments.run_values import RunValues

PARTS = ("context_class", "context_settings", "get_params", "make_context", "make_parser", "invoke", "params")


def tree_of(command: Any, parser: Any) -> Any:
    """The command of click that is behind a management command; None if there is none."""
    node = getattr(parser, "tree", None)  # django-typer's
    for root in (command, getattr(node, "click_command", None)):
        if root is not None and all(hasattr(root, part) for part in PARTS):
            return root
    return None


class Tree:
    """A command of click and its subcommands, for one call."""

    def __init__(self, root: Any, run_values: RunValues, texts: list[str], **extra: Any) -> None:
        """`extra` is what the root's context needs besides.

        Raises:
            Exception: one of click's, because the command line is wrong.
        """
        self._root, self._run_values, self._texts, self._extra = root, run_values, texts, extra
        self.entered = list(self._levels(root, "", texts, None, extra))

    def context(self, name: str) -> Any:
        """The context of the prepared copy, in which its values are; to be invoked."""
        return self._copy(self._root).make_context(name, list(self._texts), **self._extra)

    def faults(self) -> Iterator[str]:
        """Values that no command of the chosen path takes, and a path that ends too early."""
        taken = {name for level in self.entered for name in own_names(level.command)}
        for name in sorted(self._run_values.names - taken):
            known = name in all_names(self._root, self.entered[0].context)
            yield (
                f"{name!r} belongs to a subcommand that is not chosen"
                if known
                else f"there is no option {name!r}"
            )
        last = self.entered[-1]
        if hasattr(last.command, "get_command") and not last.command.invoke_without_command:
            yield "a subcommand is required"
        elif last.rest and not last.context.allow_extra_args:
            yield f"unexpected arguments: {' '.join(last.rest)}"

    # -- the chosen path, found without calling the project's code ---------------------------------

    def _levels(
        self, command: Any, name: str, texts: list[str], parent: Any, extra: Mapping[str, Any]
    ) -> Iterator[Level]:
        settings = {**command.context_settings, **extra}
        context = command.context_class(command, info_name=name, parent=parent, **settings)
        with context.scope(cleanup=False):
            read, rest, _ = self._parser(command, context).parse_args(args=list(texts))
            yield Level(command, context, read, rest)
            chained = getattr(command, "chain", False)
            more = {"allow_extra_args": True, "allow_interspersed_args": False} if chained else {}
            while rest and hasattr(command, "resolve_command"):  # it may know other names for its commands
                name, sub, texts = command.resolve_command(context, rest)
                below = list(self._levels(sub, name, texts, context, more))
                yield from below
                rest = below[0].rest if chained else []

    # -- the copy --------------------------------------------------------------------------------

    def _parser(self, command: Any, context: Any) -> Any:
        """The command's parser without the parameters that are set as values."""
        bare, preset = copy.copy(command), own_names(command) & self._run_values.names
        params = command.get_params
        vars(bare)["get_params"] = lambda ctx: [param for param in params(ctx) if param.name not in preset]
        return _explaining(bare.make_parser(context), _strings(command, preset))

    def _copy(self, command: Any) -> Any:
        copied = copy.copy(command)
        vars(copied)["make_parser"] = lambda context: self._filled(command, context)
        if hasattr(command, "get_command"):
            vars(copied)["get_command"] = lambda context, name: self._sub_copy(command, context, name)
        return copied

    def _sub_copy(self, command: Any, context: Any, name: str) -> Any:
        sub = command.get_command(context, name)
        return sub if sub is None else self._copy(sub)

    def _filled(self, command: Any, context: Any) -> Any:
        """The parser, which also returns the values, as if it had read them."""
        parser = self._parser(command, context)
        parse = parser.parse_args

        def parse_args(args: list[str]) -> Any:
            read, rest, order = parse(args=args)
            return {**read, **self._values(command)}, rest, order

        parser.parse_args = parse_args
        return parser

    def _values(self, command: Any) -> dict[str, Any]:
        values = self._run_values.effective
        return {
            param.name: shaped(param, values[param.name]) for param in takers(command) if param.name in values
        }


def _strings(command: Any, names: set[str]) -> set[str]:
    params = [param for param in command.params if param.name in names]
    return {text for param in params for text in (*param.opts, *param.secondary_opts)}


def _explaining(parser: Any, strings: set[str]) -> Any:
    """Let the parser say that an option is set by the job, not that it does not exist."""
    parse = parser.parse_args

    def parse_args(args: list[str]) -> Any:
        try:
            return parse(args=args)
        except Exception as error:
            if getattr(error, "option_name", None) in strings:
                error.message = f"{error.option_name}: {SET_BY_JOB}"  # type: ignore[attr-defined]
                error.possibilities = None  # type: ignore[attr-defined]
            raise

    parser.parse_args = parse_args
    return parser

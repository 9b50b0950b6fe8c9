"""The parameters of commands made with click or typer, and what one command of a group lacks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from jobs_api.arguments.click_errors import is_clicks_own
from jobs_api.arguments.values import LISTS

ASKS = "asks for input, which a job does not have: set it in `options`, `params` or `args`"


class Level(NamedTuple):
    """One command of the chosen path, and what its command line says."""

    command: Any
    context: Any
    read: Mapping[str, Any]
    rest: list[str]

    def missing(self, values: Iterable[str]) -> Iterator[tuple[Any, str]]:
        """Parameters that have no value, although the command needs one, and why."""
        if self.context.default_map or self.context.auto_envvar_prefix:
            return
        for param in filter(_takes_no_value_from_elsewhere, self.command.params):
            if is_set(self.read.get(param.name)) or param.name in values:
                continue
            if getattr(param, "prompt", None) and getattr(param, "prompt_required", True):
                yield param, ASKS
            elif param.required and not _has_default(param):
                yield param, "is required"

    def only_prints(self) -> bool:
        """Whether the command line asks for help or the version."""
        takes = own_names(self.command)
        params = self.command.get_params(self.context)
        return any(
            self.read.get(param.name) and param.is_eager for param in params if param.name not in takes
        )


def takers(command: Any) -> list[Any]:
    """The parameters that take values: not those that print something and exit."""
    return [
        param
        for param in command.params
        if param.name and not (param.is_eager and (not param.expose_value or param.name == "version"))
    ]


def own_names(command: Any) -> set[str]:
    """The values that a command takes, without its subcommands."""
    return {param.name for param in takers(command)}


def all_names(command: Any, context: Any) -> set[str]:
    """The values that a command and all its subcommands take."""
    names = own_names(command)
    if hasattr(command, "list_commands"):
        for name in command.list_commands(context):
            sub = sub_of(command, context, name)
            names |= all_names(sub, context) if sub is not None else set()
    return names


def shaped(param: Any, value: Any) -> Any:
    """A single value for a parameter that takes several is a list of one."""
    several = getattr(param, "multiple", False) or param.nargs != 1
    if not several or value is None:
        return value
    return list(value) if isinstance(value, LISTS) else [value]


def sub_of(command: Any, context: Any, name: str) -> Any:
    """A group's command of that name; None if there is none."""
    return command.get_command(context, name) if hasattr(command, "get_command") else None


def _takes_no_value_from_elsewhere(param: Any) -> bool:
    return not getattr(param, "envvar", None) and is_clicks_own(type(param).consume_value)


def _has_default(param: Any) -> bool:
    return param.default is not ... and is_set(param.default)


def is_set(value: Any) -> bool:
    """Whether it is a value: not one of those by which versions of click say that there is none."""
    return value is not None and value != () and not str(value).endswith("UNSET")


def is_text(value: Any) -> bool:
    """Whether a parser has read it from a command line: one text, or several."""
    return isinstance(value, str) or (
        isinstance(value, LISTS) and len(value) > 0 and all(map(is_text, value))
    )

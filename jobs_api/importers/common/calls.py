"""Fields of `Job` for a Python callable with arguments, and how such an entry is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jobs_api.importers.common.entry import CannotCarry
from jobs_api.importers.common.literals import literal
from jobs_api.registry.callables import is_dotted

CALL_COMMAND = ("django.core.management.call_command", "django.core.management.commands.call_command")


BRIDGED = "It triggers jobs of jobs_api already."
"""The note of an entry that a bridge has made."""


def is_bridge(path: object) -> bool:
    """Whether it is a function of ours that triggers jobs: they are declared."""
    return str(path).startswith("jobs_api.") and not str(path).startswith("jobs_api.compat.")


def fields(path: object, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The job that calls this path; `call_command` becomes the command itself.

    Raises:
        CannotCarry: no dotted path, or arguments that no source can hold.
    """
    if not isinstance(path, str) or not is_dotted(path):
        said = repr(path[:80]) if isinstance(path, str) else f"An object of the class {type(path).__name__}"
        raise CannotCarry(f"{said} is not the dotted path of a function.")
    positional, named = list(args), dict(kwargs or {})
    if not all(isinstance(name, str) for name in named):
        raise CannotCarry("The names of its arguments are not text.")
    if path in CALL_COMMAND and positional and isinstance(positional[0], str):
        command, *words = positional
        return _filled({"command": command}, [str(word) for word in words], named)
    return _filled({"call": path}, positional, named)


def _filled(start: dict[str, Any], args: list[Any], options: dict[str, Any]) -> dict[str, Any]:
    literal([args, options])
    return {**start, **({"args": args} if args else {}), **({"options": options} if options else {})}


def name_of(called: Mapping[str, Any]) -> str:
    """A name for it: of the command, or the last part of the path."""
    return str(called.get("command") or called["call"].rpartition(".")[2])


def shown(value: Any) -> str:
    """A value of the source for a comment; one that has no literal by its class."""
    try:
        return literal(str(value) if isinstance(value, str) else value)
    except CannotCarry:
        pass
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{shown(str(key))}: {shown(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "(" + ", ".join(map(shown, value)) + ")"
    return f"<{type(value).__name__}>"

"""What click and typer raise, by name: nothing is imported from them, and typer has a click of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management import CommandError

ABORTED = "Aborted. Perhaps the command has asked for input, which a job does not have."


@contextmanager
def translated() -> Iterator[None]:
    """Let click's own exceptions end an attempt as they would end a process.

    Raises:
        SystemExit: the command has exited with a status.
        CommandError: it has refused a value, or given up, with a message.
    """
    try:
        yield
    except Exception as error:
        kinds = kinds_of(error)
        if "Exit" in kinds:
            raise SystemExit(getattr(error, "exit_code", 1)) from error
        if "Abort" in kinds:
            raise CommandError(ABORTED) from error
        if "ClickException" in kinds:
            raise CommandError(f"Error: {message_of(error)}") from error
        raise


def kinds_of(error: BaseException) -> set[str]:
    """The names of click's own classes of exceptions that this one is of."""
    return {kind.__name__ for kind in type(error).__mro__ if is_clicks_own(kind)}


def is_clicks_own(code: Any) -> bool:
    """Whether a class or a function is from click or typer, not from the project."""
    return str(code.__module__).partition(".")[0] in ("click", "typer")


def message_of(error: Any) -> str:
    """What click says about an error of a user."""
    return str(error.format_message())

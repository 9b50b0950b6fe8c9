"""The class of a management command, by its name: for the run, for the checks, for its help text."""

from __future__ import annotations

import copy
from typing import Any

from django.core.management import CommandError, get_commands, load_command_class


def load(name: str) -> Any:
    """A command that nobody else uses.

    Raises:
        CommandError: there is none of that name.
        Exception: whatever its module raises when it is imported.
    """
    try:
        app = get_commands()[name]
    except KeyError:
        raise CommandError(f"Unknown command: {name!r}") from None
    # An app may register an object in the place of a module's name.
    return _imported(app, name) if isinstance(app, str) else copy.copy(app)


def _imported(app: str, name: str) -> Any:
    try:
        return load_command_class(app, name)
    except SystemExit as error:
        # An exit with 0 is success, but only of a command that has run. One that comes from a server passes.
        if error.code in (None, 0) and raised_in(app, error):
            raise CommandError(f"The command {name!r} exits while it is imported.") from error
        raise


def raised_in(app: str, error: SystemExit) -> bool:
    """Whether the innermost frame is of that module, or of another one of its package."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    module = "" if trace is None else str(trace.tb_frame.f_globals.get("__name__", ""))
    return module.partition(".")[0] == app.partition(".")[0]

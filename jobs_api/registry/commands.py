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
    return load_command_class(app, name) if isinstance(app, str) else copy.copy(app)

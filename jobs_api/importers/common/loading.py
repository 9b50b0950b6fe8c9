"""An object of the project by `module:attribute`."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from django.apps import apps

from jobs_api.importers.common.entry import Unreadable


def load(path: str) -> Any:
    """The object; a function without arguments is not called.

    Raises:
        Unreadable: there is none, or its module cannot be imported.
    """
    module, _, names = path.partition(":")
    if not names:
        module, _, names = path.rpartition(".")
    try:
        found: Any = import_module(module)
        for name in names.split("."):
            found = getattr(found, name)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever the project's module raises
        raise Unreadable(f"{path!r} cannot be loaded: {type(error).__name__}: {error}") from None
    return found


def module(name: str, remedy: str) -> Any:
    """A module of a package that may be missing.

    Raises:
        Unreadable: it is.
    """
    try:
        return import_module(name)
    except ImportError as error:
        raise Unreadable(f"{name} cannot be imported ({error}). {remedy}") from None


def model(app: str, name: str) -> Any:
    """A model of an app that must be installed.

    Raises:
        Unreadable: it is not.
    """
    try:
        return apps.get_model(app, name)
    except LookupError:
        raise Unreadable(f"{app} is not in INSTALLED_APPS: its rows cannot be read.") from None

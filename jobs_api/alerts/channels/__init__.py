"""The ways by which people hear of trouble: one file for each, found by its name.

Each module here has an object `channel`, a `Channel`; its type is the module's name. A host names its own by
a dotted path, of a class or of an instance. docs/alerts.md shows how to write one.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from django.utils.module_loading import import_string

from jobs_api.alerts.channel import Channel
from jobs_api.text.secrets import MASK, masked


class NoChannel(Exception):
    """There is no such type of channel, or it cannot be loaded."""

    def __init__(self, problem: str, hint: str) -> None:
        super().__init__(problem)
        self.problem, self.hint = problem, hint


@cache
def types() -> tuple[str, ...]:
    """The types that jobs_api brings."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


def shown(kind: str) -> str:
    """A type for people: who has written a URL in its place finds no secret of it in a log or an answer."""
    scheme, sign, _ = kind.partition("://")
    return f"{scheme}{sign}{MASK}" if sign else masked(kind)


@cache
def load(kind: str) -> Channel:
    """The channel of that type or dotted path: one object per process.

    Raises:
        NoChannel: there is none. It is looked for again the next time.
    """
    if "." not in kind and kind not in types():
        known = ", ".join(map(repr, types()))
        raise NoChannel(f"the type {shown(kind)!r:.80} does not exist", f"One of {known}, or a dotted path.")
    try:
        found = import_module(f"{__name__}.{kind}").channel if kind in types() else import_string(kind)
        made = found() if isinstance(found, type) else found
    except (Exception, SystemExit) as error:
        hint = "Install what it needs, or correct the path: it names a class or an instance in a module."
        raise NoChannel(f"{shown(kind)!r:.200} cannot be loaded ({type(error).__name__})", hint) from error
    if not isinstance(made, Channel):
        raise NoChannel(
            f"{shown(kind)!r:.200} is not a Channel", "Derive it from jobs_api.alerts.channel.Channel."
        )
    return made

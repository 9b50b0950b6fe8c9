"""Who acts at this moment, and from where."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

ORIGINS = ("api", "command", "admin", "dashboard", "python")


@dataclasses.dataclass(frozen=True, slots=True)
class Origin:
    """An entrance, and who came in by it."""

    kind: str = "python"
    """One of `ORIGINS`."""
    actor: str = ""
    """The token's name, or the user."""
    address: str = ""
    """The network address, or the host of the command line."""


NOBODY = Origin()
_current: ContextVar[Origin] = ContextVar("jobs_api_origin", default=NOBODY)


def origin() -> Origin:
    """Who acts now; Python code of the host where no entrance has said anything."""
    return _current.get()


@contextmanager
def acting(kind: str, *, actor: str = "", address: str = "") -> Iterator[None]:
    """What is done inside is done by this person, by this entrance."""
    token = _current.set(Origin(kind, actor, address))
    try:
        yield
    finally:
        _current.reset(token)

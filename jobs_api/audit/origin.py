"""Who acts at this moment, and from where."""

from __future__ import annotations

from contextvars import ContextVar, Token
from typing import NamedTuple

ORIGINS = ("api", "command", "admin", "dashboard", "python")


class Origin(NamedTuple):
    """An entrance, and who came in by it."""

    kind: str = "python"
    """One of `ORIGINS`."""
    actor: str = ""
    """The token's name, or the user; of Python code in a run: its job."""
    address: str = ""
    """The network address, or the host of the command line; of Python code in a run: the run."""


NOBODY = Origin()
_current: ContextVar[Origin] = ContextVar("jobs_api_origin", default=NOBODY)


def origin() -> Origin:
    """Who acts now; Python code of the host where no entrance has said anything."""
    return _current.get()


class acting:
    """What is done in this block is done by this person, by this entrance.

    Each request of the API enters it: so it is a class, which takes a third of a generator's time.
    """

    __slots__ = ("_origin", "_token")

    def __init__(self, kind: str, *, actor: str = "", address: str = "") -> None:
        self._origin = Origin(kind, actor, address)
        self._token: Token[Origin] | None = None

    def __enter__(self) -> None:
        self._token = _current.set(self._origin)

    def __exit__(self, *error: object) -> None:
        if self._token is not None:
            _current.reset(self._token)

"""How to read the requests of each platform: one file per caller, found by its name.

A caller is a module here with an object `caller`, a `Caller`. Its data is used only after the token was
checked. A scheduled time is read only from platforms that document where they put it.

Some platforms start a program, such as curl, whose request bears no mark of theirs. They say `?source=`, as
our exports do; their modules tell that, and make of both spellings of their name one source.
"""

from __future__ import annotations

import dataclasses
import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any, ClassVar, cast

Envelope = Mapping[str, Any]


@dataclasses.dataclass(frozen=True, slots=True)
class Call:
    """The parts of a request that show who sent it."""

    headers: Mapping[str, str]
    """The case of a name does not matter."""
    body: Envelope | None = None
    """The body, if it is a JSON object."""

    @property
    def user_agent(self) -> str:
        """The User-Agent header, or an empty string."""
        return self.headers.get("User-Agent", "")


@dataclasses.dataclass(frozen=True)
class Caller:
    """One platform. The defaults are for a platform that is recognised by its user agent only."""

    name: str
    """What is recorded as `source`."""
    user_agent: str = ""
    """The beginning of its User-Agent; empty: it has none of its own."""
    mark: ClassVar[str] = ""
    """The header without which `signed` is not asked; empty: it looks at the body."""

    def signed(self, call: Call) -> bool:
        """Whether the request carries this platform's own mark, whatever its user agent is."""
        return False

    def owns_body(self, body: Envelope) -> bool:
        """Whether a JSON object is this platform's envelope and not a request to jobs_api."""
        return False

    def scheduled_at(self, call: Call) -> str | None:
        """The scheduled time that the request carries, as the platform wrote it."""
        return None

    def reference(self, call: Call) -> str:
        """The platform's own id for this call, for the record."""
        return ""


UNKNOWN = Caller("")
SCHEDULED_AT = "Jobs-Scheduled-At"
"""The header by which any caller may pass on the scheduled time."""


@cache
def all_callers() -> tuple[Caller, ...]:
    """All callers."""
    modules = (import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__))
    return tuple(cast(Caller, module.caller) for module in modules)


@cache
def _signing() -> tuple[Caller, ...]:
    """Those with a mark of their own; most have none, and need not be asked."""
    return tuple(caller for caller in all_callers() if type(caller).signed is not Caller.signed)


@cache
def _marks() -> frozenset[str]:
    return frozenset(caller.mark.lower() for caller in _signing() if caller.mark)


@cache
def _user_agents() -> dict[str, Caller]:
    return {caller.user_agent: caller for caller in all_callers() if caller.user_agent}


@cache
def _beginnings() -> tuple[str, ...]:
    return tuple(_user_agents())


@cache
def names() -> frozenset[str]:
    """The names of all callers."""
    return frozenset(caller.name for caller in all_callers())


def recognise(call: Call) -> Caller:
    """Who sent this request; `UNKNOWN` if it does not show that."""
    if call.body is not None or not _marks().isdisjoint(map(str.lower, call.headers)):
        for caller in _signing():
            if caller.signed(call):
                return caller
    agent = call.user_agent
    if not agent.startswith(_beginnings()):  # one comparison, for the most
        return UNKNOWN
    return next(caller for beginning, caller in _user_agents().items() if agent.startswith(beginning))


def scheduled_at(call: Call, caller: Caller) -> str | None:
    """The scheduled time that a request passes on: in our own header, else where its platform puts it."""
    return call.headers.get(SCHEDULED_AT) or caller.scheduled_at(call)


def is_envelope(body: Envelope) -> bool:
    """Whether this JSON object is the envelope of some platform."""
    return any(caller.owns_body(body) for caller in all_callers())

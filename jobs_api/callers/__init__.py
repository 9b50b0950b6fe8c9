"""What a platform's request says: one file per caller, found by its name.

A caller is a module here with an object `caller`, a `Caller`. What it says is used only after
the token was checked, and a scheduled time only from platforms that document where they put it.
"""

from __future__ import annotations

import dataclasses
import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any, cast

Envelope = Mapping[str, Any]


@dataclasses.dataclass(frozen=True, slots=True)
class Call:
    """The parts of a request that tell who sent it."""

    headers: Mapping[str, str]
    """Looked up without regard to case."""
    body: Envelope | None = None
    """The JSON object of the body, where it is one."""

    @property
    def user_agent(self) -> str:
        """The User-Agent header, or nothing."""
        return self.headers.get("User-Agent", "")


@dataclasses.dataclass(frozen=True)
class Caller:
    """One platform; the defaults are those of a caller that only has a user agent."""

    name: str
    """What is recorded as `source`."""
    user_agent: str
    """How its User-Agent begins."""

    def signed(self, call: Call) -> bool:
        """Whether the request bears this platform's own mark, whatever its user agent says."""
        return False

    def owns_body(self, body: Envelope) -> bool:
        """Whether a JSON object is its envelope rather than a request to jobs_api."""
        return False

    def scheduled_at(self, call: Call) -> str | None:
        """The scheduled time that it passes on, as it wrote it."""
        return None

    def reference(self, call: Call) -> str:
        """Its own name for this call, for the record."""
        return ""


UNKNOWN = Caller("", "")
SCHEDULED_AT = "Jobs-Scheduled-At"
"""The header by which any caller may pass on the scheduled time."""


@cache
def known() -> tuple[Caller, ...]:
    """The callers there are."""
    modules = (import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__))
    return tuple(cast(Caller, module.caller) for module in modules)


def recognise(call: Call) -> Caller:
    """Who sent this request; `UNKNOWN` if it does not tell."""
    signed = (caller for caller in known() if caller.signed(call))
    named = (caller for caller in known() if call.user_agent.startswith(caller.user_agent))
    return next(signed, None) or next(named, UNKNOWN)


def scheduled_at(call: Call, caller: Caller) -> str | None:
    """The scheduled time that a request passes on: in our own header, else where its platform puts it."""
    return call.headers.get(SCHEDULED_AT) or caller.scheduled_at(call)


def is_envelope(body: Envelope) -> bool:
    """Whether this JSON object is some platform's own."""
    return any(caller.owns_body(body) for caller in known())

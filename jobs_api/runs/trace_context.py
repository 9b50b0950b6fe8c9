"""The trace context that is stored with an attempt: the caller's W3C `traceparent`, or that of our own span.

A caller may send anything: what is not a valid context is ignored, and never an error. It is looked at when
an attempt is claimed, so a repeat does nothing for it. https://www.w3.org/TR/trace-context/
"""

from __future__ import annotations

import re
from collections.abc import Callable

_VALID = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}", re.ASCII)
_own: list[Callable[[], str]] = []


def valid(received: str) -> str:
    """What a caller sent, if it is a trace context of version 00; else an empty string."""
    return received if received and _VALID.fullmatch(received) else ""


def stored(received: str) -> str:
    """What an attempt keeps: the context of the span in which it is claimed; without one, the caller's."""
    for provider in _own:
        if own := valid(provider()):
            return own
    return valid(received)


def trace_id(traceparent: str) -> str:
    """The trace's part of a valid context; an empty string of an empty one."""
    return traceparent[3:35]


def provide(provider: Callable[[], str]) -> None:
    """Ask this, too, in which span an attempt is claimed: it returns a context, or an empty string."""
    if provider not in _own:
        _own.append(provider)


def withdraw(provider: Callable[[], str]) -> None:
    """Undo `provide`."""
    if provider in _own:
        _own.remove(provider)

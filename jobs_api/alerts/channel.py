"""`Channel`: what every file in `jobs_api/alerts/channels/` offers, as its module-level `channel`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any

from jobs_api.alerts.message import Message

MOST = 10**9
"""Seconds: who asks for more asks for no end."""


class ChannelError(Exception):
    """A channel did not take a message; its text says why, in one line without secrets."""

    def __init__(self, why: str, *, retry_after: float | None = None, for_good: bool = False) -> None:
        super().__init__(why)
        self.retry_after = _seconds(retry_after)
        """In how many seconds it is worth another try, if the channel said so in a number that is one."""
        self.for_good = for_good
        """Whether the same message will never be taken, such as by an address that does not exist."""


def _seconds(given: object) -> float | None:
    """What a channel of the host has read somewhere may be a text, nan, or before now."""
    if not isinstance(given, (int, float)) or not given >= 0:  # nan is neither
        return None
    return float(min(given, MOST))


class Channel(ABC):
    """A way to reach people. One object serves all channels of its type; options come with each call."""

    options: Mapping[str, type]
    """The keys that JOBS_API["ALERTS"]["CHANNELS"][name] may have for this type, beside the common ones.

    Their types are str, int, float, bool, dict, or list, which is a list of texts; a check compares them.
    """
    required: tuple[str, ...] = ()
    """Those that it cannot do without."""
    secrets: tuple[str, ...] = ()
    """Those whose values are never shown, as a whole or in part."""

    look_at: str = ""
    """A sentence for who tests a channel that takes nothing: which settings say where it sends."""

    @abstractmethod
    def faults(self, options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """What is wrong with the options, each with its remedy; also a library that is not installed.

        Called where `required` and the types are right. No text may quote a secret.
        """

    def cautions(self, options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """What works, but not as an operator may expect, each with its remedy."""
        yield from ()

    @abstractmethod
    def send(self, message: Message, options: Mapping[str, Any], *, seconds: float) -> None:
        """Send it, in about this many seconds at most.

        Raises:
            ChannelError: it was not taken.
        """

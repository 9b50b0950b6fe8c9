"""Channels that only note what they are sent, and jobs whose story is told minute by minute."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from jobs_api.alerts import delivering, outbox
from jobs_api.alerts.channel import ChannelError
from jobs_api.alerts.evaluating import evaluate
from jobs_api.models import AlertMessage, Incident
from tests.conftest import NOON

CHANNEL = {"TYPE": "mail", "TO": ["ops@example.com"]}


@dataclasses.dataclass
class Sent:
    """What the channels have taken."""

    messages: list[tuple[str, Any]] = dataclasses.field(default_factory=list)
    refuses: dict[str, ChannelError] = dataclasses.field(default_factory=dict)
    """What a channel raises."""

    def __call__(self, channel: str, message: Any, **options: Any) -> None:
        if channel in self.refuses:
            raise self.refuses[channel]
        self.messages.append((channel, message))

    def told(self, channel: str = "ops") -> list[tuple[str, str]]:
        """Event and kind of each message."""
        return [(each.event, each.kind) for name, each in self.messages if name == channel]


@pytest.fixture
def channels(settings: Any) -> Callable[..., None]:
    """``channels(ops={}, chat={"KINDS": [...]})`` configures them; further keys are those of ALERTS."""

    base = settings.JOBS_API

    def configure(numbers: dict[str, Any] | None = None, **each: dict[str, Any]) -> None:
        named = {name: {**CHANNEL, **options} for name, options in each.items()}
        settings.JOBS_API = {**base, "ALERTS": {"CHANNELS": named, **(numbers or {})}}

    return configure


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch, channels: Callable[..., None]) -> Sent:
    """One channel, "ops", and what it takes."""
    channels(ops={})
    taken = Sent()
    monkeypatch.setattr(delivering, "send", taken)
    return taken


@pytest.fixture
def look(declare: Any) -> Iterator[Callable[..., Any]]:
    """``look(minutes)``: evaluate and send so long after noon; returns the incidents that are open by kind.

    Only jobs that a test declares are known.
    """

    def at(minutes: float, *, channels: tuple[str, ...] = ("ops",)) -> dict[str, Incident]:
        now = NOON + timedelta(minutes=minutes)
        done = evaluate(now=now)
        assert not isinstance(done, datetime), "the last evaluation was less than 30 s before"
        for channel in channels:
            outbox.deliver(channel, now=now)
        return {each.kind: each for each in Incident.objects.filter(closed_at=None)}

    return at


def ordered() -> list[tuple[str, str]]:
    """Event and channel of each message that was ordered."""
    return list(AlertMessage.objects.order_by("pk").values_list("event", "channel"))

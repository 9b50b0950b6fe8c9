"""Leases that end within a test, and receivers of signals that are gone when it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import override_settings

from jobs_api import signals
from tests.jobs_api.signals.hearing import Heard


@pytest.fixture
def short_leases():
    """Leases of two seconds, and half a second between being asked and being killed."""
    with override_settings(
        JOBS_API={"LEASE_SECONDS": 2, "RENEW_SECONDS": 0.3, "KILL_SECONDS": 0.5, "DRAIN_SECONDS": 1}
    ):
        yield


@pytest.fixture
def connect() -> Iterator[Callable[..., Any]]:
    """``connect(signal, receiver)`` until the test ends; returns the receiver."""
    connected: list[tuple[signals.Signal, Callable[..., Any]]] = []

    def connect_one(signal: signals.Signal, receiver: Callable[..., Any]) -> Callable[..., Any]:
        signal.connect(receiver, weak=False)
        connected.append((signal, receiver))
        return receiver

    yield connect_one
    for signal, receiver in connected:
        signal.disconnect(receiver)


@pytest.fixture
def heard(connect: Callable[..., Any]) -> Heard:
    """Takes down every signal that is sent."""
    every = Heard()
    for signal in signals.ALL:
        connect(signal, every)
    return every

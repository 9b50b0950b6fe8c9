"""Receivers of a test, which are gone when it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from jobs_api import signals


class Heard:
    """What was sent, in order."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []

    def __call__(self, signal: signals.Signal, sender: Any, **fields: Any) -> None:
        self.events.append((signal.name, fields))

    @property
    def names(self) -> list[str]:
        """Of the signals."""
        return [name for name, _ in self.events]

    def of(self, signal: signals.Signal) -> list[dict[str, Any]]:
        """What this signal has told."""
        return [fields for name, fields in self.events if name == signal.name]

    def one(self, signal: signals.Signal) -> dict[str, Any]:
        """The only event of this signal."""
        (fields,) = self.of(signal)
        return fields


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

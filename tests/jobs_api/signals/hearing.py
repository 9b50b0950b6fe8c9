"""Takes down what signals tell."""

from __future__ import annotations

from typing import Any

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

"""Channels of the host: one writes a line into a file for each message, one takes its time."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jobs_api.alerts.channel import Channel
from jobs_api.alerts.message import Message


class Notes(Channel):
    """It takes everything."""

    options = {"FILE": str}
    required = ("FILE",)
    secrets = ()

    def faults(self, options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """None."""
        return iter(())

    def send(self, message: Message, options: Mapping[str, Any], *, seconds: float) -> None:
        """Note its event, kind and subject."""
        with Path(options["FILE"]).open("a") as file:
            file.write(f"{message.event} {message.kind} {message.facts['job']}\n")


class Slow(Notes):
    """It takes everything, after a while, whatever time it is given."""

    options = {"SECONDS": int}
    required = ("SECONDS",)

    def send(self, message: Message, options: Mapping[str, Any], *, seconds: float) -> None:
        """Wait."""
        time.sleep(options["SECONDS"])

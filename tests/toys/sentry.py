"""The real sentry-sdk as a host sets it up; what it would send goes to a file, from whichever process."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sentry_sdk
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

CHECK_INS = ".check_ins"
"""What is added to the path for the file of check-ins."""


def begin(path: str, **options: Any) -> None:
    """Begin to report, by a plain `init`: its integrations find out what is installed."""
    sentry_sdk.init("https://public@sentry.invalid/1", transport=ToFile(path), **options)


def end() -> None:
    """Report no more from this process."""
    sentry_sdk.get_client().close()
    sentry_sdk.get_global_scope().set_client(None)


def events(path: str) -> list[dict[str, Any]]:
    """What was reported until now."""
    sentry_sdk.flush()
    return [json.loads(line) for line in Path(path).read_text().splitlines()] if Path(path).exists() else []


def check_ins(path: str) -> list[dict[str, Any]]:
    """The check-ins that were reported until now, as the payloads of their envelopes."""
    return events(path + CHECK_INS)


class ToFile(Transport):
    """As the real one, it sends later: what nobody flushes is lost when its process ends."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path, self._pid = path, os.getpid()
        self._waiting: list[Any] = []
        self._check_ins: list[Any] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        """Take an event."""
        if self._pid != os.getpid():  # forked: what the parent has still to send is not ours
            self._waiting, self._check_ins, self._pid = [], [], os.getpid()
        if (event := envelope.get_event()) is not None:
            self._waiting.append(event)
        self._check_ins += [item.payload.json for item in envelope.items if item.type == "check_in"]

    def flush(self, timeout: float, callback: Callable[..., Any] | None = None) -> None:
        """Send what was taken in this process."""
        if self._pid == os.getpid():
            for path, waiting in ((self._path, self._waiting), (self._path + CHECK_INS, self._check_ins)):
                with open(path, "a") as file:
                    file.writelines(json.dumps(event, default=str) + "\n" for event in waiting)
            self._waiting, self._check_ins = [], []

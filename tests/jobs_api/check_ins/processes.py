"""What processes do that were started for a test."""

from __future__ import annotations

from datetime import datetime

from jobs_api.check_ins import standing


def fails(number: int, at: str) -> None:
    """A monitor failed once more."""
    standing.failed("sentry", "bang", times=1, at=datetime.fromisoformat(at))

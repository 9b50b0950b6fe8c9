"""What processes of their own do: call with sources that they make up, and write their counts."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from django.db import OperationalError

from jobs_api.monitoring import sources, trigger_counts
from jobs_api.runs.types import Trigger

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)


def flood(number: int) -> None:
    """Sources of its own, and some that all have; written in several goes."""
    trigger_counts.FLUSH_EVERY = 86400
    for go in range(3):
        for each in range(10):
            for source in (f"{number} {go} {each}", f"shared {each}"):
                trigger_counts.answered(Trigger("http", source, "ci"), "nightly", "paused", AT)
        _flush()


def _flush() -> None:
    """As the thread does: what the database did not take is written later."""
    for _ in range(100):
        try:
            trigger_counts.flush()
            if not sources.tallies:
                return
        except OperationalError:  # SQLite, where all write at once
            time.sleep(0.05)
    raise TimeoutError

"""What processes of their own do: call with sources that they make up, and write their counts."""

from __future__ import annotations

import time
from datetime import date

from django.db import OperationalError

from jobs_api.monitoring import trigger_counts

DAY = date(2026, 11, 20)


def flood(number: int) -> None:
    """Sources of its own, and some that all have; written in several goes."""
    trigger_counts.FLUSH_EVERY = 86400
    for go in range(3):
        for each in range(10):
            trigger_counts.count("nightly", day=DAY, source=f"{number} {go} {each}", outcome="paused")
            trigger_counts.count("nightly", day=DAY, source=f"shared {each}", outcome="paused")
        _flush()


def _flush() -> None:
    """As the thread does: what the database did not take is written later."""
    for _ in range(100):
        try:
            return trigger_counts.flush()
        except OperationalError:  # SQLite, where all write at once
            time.sleep(0.05)
    raise TimeoutError

"""Slots of jobs that somebody starts slot by slot: long past, and not too old to be run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

FIRST = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=300)


def day(number: int) -> str:
    """The date of the first slot, of the second, and so on."""
    return f"{FIRST + timedelta(days=number - 1):%Y-%m-%d}"

"""How long something takes, for people."""

from __future__ import annotations

from datetime import datetime, timedelta


def span(seconds: float) -> str:
    """A span in the unit that suits it: "90 s", "12 min", "5 h 10 min", "3 days"."""
    whole = round(max(seconds, 0))
    if whole < 120:
        return f"{whole} s"
    if whole < 7200:
        return f"{whole // 60} min"
    hours, minutes = whole // 3600, whole % 3600 // 60
    if hours < 48:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{hours // 24} days"


def between(start: datetime, end: datetime) -> str:
    """The span from one instant to another."""
    return span((end - start) / timedelta(seconds=1))

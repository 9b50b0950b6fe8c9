"""How long after its slot a run begins in time: alerts and the dashboard mean the same by "late"."""

from __future__ import annotations

from datetime import timedelta

SHORTEST, LONGEST = timedelta(minutes=1), timedelta(minutes=15)
"""The bounds of how long after its slot a run begins in time."""


def in_time(gap: timedelta | None) -> timedelta:
    """A tenth of the time to the next slot; that is 6 minutes for an hourly job, and 15 for a daily one.

    Args:
        gap: how long after the slot the next one is due; None: there is none.
    """
    return LONGEST if gap is None else min(max(gap / 10, SHORTEST), LONGEST)

"""What each of several processes does that add to the same totals."""

from __future__ import annotations

from jobs_api.monitoring import job_totals
from jobs_api.monitoring.totals import Totals


def add_up(number: int, times: str) -> None:
    """Add one attempt to each of three jobs, in turns that differ."""
    for each in range(int(times)):
        totals = Totals()
        totals.attempts["succeeded", ""] += 1
        totals.duration.note(0.25)
        job_totals.write({f"job{(number + each + n) % 3}": totals for n in range(3)})

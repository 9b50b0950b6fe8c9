"""How late the triggers of each source come for a job."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from jobs_api.history import days as by_day
from jobs_api.history import rows
from jobs_api.history.calendar import DAY, start_of
from jobs_api.history.counting import tallies
from jobs_api.history.tally import read_lateness
from jobs_api.monitoring.histograms import Histogram
from jobs_api.registry.job import Job
from jobs_api.runs.job_state import Standing


class SourceLateness(NamedTuple):
    """One source of one job. Times are seconds after the slot."""

    source: str
    """Empty where the caller did not say what it is."""
    p5: float
    p50: float
    p95: float
    won: int
    """How many runs it began."""


def by_source(
    job: Job,
    *,
    at: datetime,
    days: int = 30,
    standing: Standing | None = None,
    now: datetime | None = None,
) -> list[SourceLateness]:
    """Each source of the last days, the one that began most runs first: two statements."""
    zone = job.slots.timezone
    first, last = by_day.last_days(zone, at, days)
    found: dict[str, Histogram] = {}
    counted = by_day.stored(job.name, first, last)
    for row in counted:
        read_lateness(found, row.lateness)
    begins = max([row.day + DAY for row in counted], default=first)
    if begins <= last:
        fresh = rows.within(
            [job.name], start_of(zone, begins), start_of(zone, last + DAY), at=at, each=by_day.ROWS, now=now
        )
        for tally in tallies(job, fresh, begins, last, at=at, standing=standing).values():
            read_lateness(found, {source: each.stored() for source, each in tally.lateness.items()})
    each = [_summed_up(source, histogram) for source, histogram in found.items() if len(histogram)]
    return sorted(each, key=lambda one: (-one.won, one.source))


def _summed_up(source: str, histogram: Histogram) -> SourceLateness:
    low, middle, high = (histogram.quantile(share) or 0.0 for share in (0.05, 0.5, 0.95))
    return SourceLateness(source, low, middle, high, len(histogram))

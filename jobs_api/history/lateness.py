"""How late the triggers of each source come for a job."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from jobs_api.history import days as by_day
from jobs_api.history.days import Day
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
    first, last = by_day.last_days(job.slots.timezone, at, days)
    return summed_up(by_day.between(job, first, last, at=at, standing=standing, now=now))


def summed_up(days: Iterable[Day]) -> list[SourceLateness]:
    """Each source of these days, the one that began most runs first: no statement."""
    found: dict[str, Histogram] = {}
    for day in days:
        read_lateness(found, day.lateness)
    each = [_summed_up(source, histogram) for source, histogram in found.items() if len(histogram)]
    return sorted(each, key=lambda one: (-one.won, one.source))


def _summed_up(source: str, histogram: Histogram) -> SourceLateness:
    low, middle, high = (histogram.quantile(share) or 0.0 for share in (0.05, 0.5, 0.95))
    return SourceLateness(source, low, middle, high, len(histogram))

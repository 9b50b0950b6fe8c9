"""Days that have changed after they were counted: they are marked, and counted again.

A change is a run that ends, or is cancelled, after its day was counted: a rerun, a backfill, a retry after
midnight. The process in which it happens marks the day soon after; if it dies before, the next count of the
last days finds it.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from django.db.models import F, QuerySet

from jobs_api import registry
from jobs_api.database import alias
from jobs_api.history import rows
from jobs_api.history.calendar import DAY, day_of, start_of
from jobs_api.history.counting import tallies
from jobs_api.history.keeping import MOST, counted_days, seen, write
from jobs_api.history.progress import newest_ended
from jobs_api.models import JobDay, JobDeclaration
from jobs_api.monitoring.turns import Turn
from jobs_api.registry.job import Job
from jobs_api.runs.job_state import Standing, declared

ONCE = 20
"""So many days of a job are counted again at once."""


def mark(changes: Iterable[tuple[str, datetime]], at: datetime) -> int:
    """Mark the days of these slots that have ended; returns how many. No statement where none has.

    Args:
        changes: jobs, each with the slot of a run that has changed.
    """
    days: dict[str, set[date]] = defaultdict(set)
    for name, slot in changes:
        job = registry.find(name)
        if job is not None and (day := day_of(job.slots.timezone, slot)) <= newest_ended(job, at):
            days[name].add(day)
    for name, some in days.items():
        _mark(name, some)
    return sum(map(len, days.values()))


def _mark(name: str, some: set[date]) -> None:
    """A row is there afterwards: if the day is being counted now, it is counted once more."""
    _days().bulk_create([JobDay(job_name=name, day=day) for day in sorted(some)], ignore_conflicts=True)
    _days().filter(job_name=name, day__in=some).update(stale=F("stale") + 1)


def oldest(at: datetime) -> list[JobDay]:
    """Some days of one job that are to be counted again: the newest ones first."""
    first = _days().filter(stale__gt=0).order_by("-day").first()
    if first is None:
        return []
    same = _days().filter(stale__gt=0, job_name=first.job_name, schedule=first.schedule)
    return list(seen(same.filter(timezone=first.timezone).order_by("-day")[:ONCE]).values())


def count(
    turn: Turn, noted: Sequence[JobDay], known: Mapping[str, Standing], at: datetime, now: datetime | None
) -> None:
    """Count these days of one job again: as the job was declared when they were counted first.

    Raises:
        Lost: another process has taken the turn; nothing was written.
    """
    standing = known.get(noted[0].job_name)
    if standing is None:  # it is not declared any more: its days stay as they are
        write(turn, [], noted, {}, at)
        return
    then = _as_it_was(standing, noted[0])
    before = {(row.job_name, row.day): row for row in noted}
    made: list[JobDay] = []
    for row in noted:
        zone = then.job.slots.timezone
        start, end = start_of(zone, row.day), start_of(zone, row.day + DAY)
        found = rows.within([row.job_name], start, end, at=at, each=MOST, now=now)
        counted = tallies(then.job, found, row.day, row.day, at=at, standing=then)
        made += counted_days(then.job, counted, before, found.since, at)
    write(turn, made, noted, {}, at)


def _as_it_was(standing: Standing, row: JobDay) -> Standing:
    """The job with the schedule and zone of the row: what was missed then stays so, whatever it is now."""
    name, schedule, zone = declared(standing.job)
    if row.counted_at is None or (row.schedule, row.timezone) == (schedule, zone):
        return standing
    job: Job = dataclasses.replace(standing.job, schedule=row.schedule or None, timezone=row.timezone)
    found = JobDeclaration.objects.using(alias()).filter(
        job_name=name, schedule=row.schedule, timezone=row.timezone
    )
    return dataclasses.replace(standing, job=job, since=found.values_list("since", flat=True).first())


def _days() -> QuerySet[JobDay]:
    return JobDay.objects.using(alias())

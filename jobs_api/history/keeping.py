"""Write days of jobs, and how long these usually take: what the roll-up keeps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from jobs_api.database import alias
from jobs_api.history import rows
from jobs_api.history.calendar import DAY, start_of
from jobs_api.history.counting import tallies
from jobs_api.history.durations import Usual
from jobs_api.history.progress import SLOTS, Piece, Span
from jobs_api.history.tally import Tally, fine
from jobs_api.models import JobDay, JobHistory
from jobs_api.monitoring.histograms import Histogram
from jobs_api.monitoring.turns import Turn
from jobs_api.registry.job import Job
from jobs_api.runs.job_state import Standing, declared
from jobs_api.runs.pruning import DAYS_KEPT

USUAL_DAYS = 30
"""Of so many days it is told how long a job usually takes."""
TROUBLED = 6
"""So many days before those are counted again if they did not go well: these are what operators change."""
MOST = 50_000
"""Of a job and day so many runs are counted, the newest ones."""
KEY = ("job_name", "day")
WRITTEN = ("schedule", "timezone", "worst", "counts", "durations", "lateness", "runs", "counted_at")
Seen = dict[tuple[str, date], JobDay]
"""The rows of days as they were before their runs were read."""


class Lost(Exception):
    """Another process has taken the turn."""


def keep(
    turn: Turn,
    piece: Piece,
    known: Mapping[str, Standing],
    spans: Mapping[str, Span],
    crowded: dict[str, int],
    at: datetime,
    now: datetime | None,
) -> None:
    """Count a piece: four statements, and the transaction that writes it.

    Args:
        crowded: takes in jobs that have more runs than their schedule says; these are left for later.

    Raises:
        Lost: another process has taken the turn; nothing was written.
    """
    names, zone = [job.name for job in piece.jobs], piece.jobs[0].slots.timezone
    before = seen(_days().filter(job_name__in=names, day__range=(piece.first, piece.last)))
    start, end = start_of(zone, piece.first), start_of(zone, piece.last + DAY)
    each = max(4 * piece.runs, 100) if piece.runs < SLOTS else MOST
    found = rows.within(names, start, end, at=at, each=each, now=now)
    alone = each == MOST and piece.first == piece.last
    full = {name for name in names if len(found.of(name)) >= each and not alone}
    crowded.update(dict.fromkeys(full, SLOTS))
    jobs = [job for job in piece.jobs if job.name not in full]
    made: list[JobDay] = []
    for job in jobs:
        counted = tallies(job, found, piece.first, piece.last, at=at, standing=known.get(job.name))
        made += counted_days(job, counted, before, found.since, at)
    spanned = {job.name: Span(spans[job.name].first, spans[job.name].last) for job in jobs}
    for span in spanned.values():
        span.add(piece.first, piece.last)
    write(turn, made, before.values() if not full else [], spanned, at)
    if piece.is_new:
        _mark_troubled(names, piece.first - DAY * TROUBLED, piece.first - DAY)
    for job in jobs:
        spans[job.name].add(piece.first, piece.last)


def counted_days(
    job: Job, counted: Mapping[date, Tally], before: Seen, since: datetime, at: datetime
) -> list[JobDay]:
    """The rows of these days; without those that must stay as they are, and those that say nothing."""
    made = []
    for day, tally in counted.items():
        row = before.get((job.name, day))
        if _may_write(row, tally, start_of(job.slots.timezone, day) < since):
            _, schedule, zone = declared(job)
            fields: dict[str, Any] = {**tally.stored(), "counted_at": at}
            made.append(JobDay(job_name=job.name, day=day, schedule=schedule, timezone=zone, **fields))
    return made


def _may_write(row: JobDay | None, tally: Tally, pruned: bool) -> bool:
    """Whether what was counted now is more than what is there: runs may have been deleted since."""
    if row is None or row.counted_at is None:
        return row is not None or tally.worst != "unknown"
    return tally.runs >= row.runs and not pruned


def seen(found: QuerySet[JobDay]) -> Seen:
    """Rows of days: one statement."""
    few = found.only("job_name", "day", "runs", "stale", "counted_at", "schedule", "timezone")
    return {(row.job_name, row.day): row for row in few}


def write(
    turn: Turn, made: Sequence[JobDay], before: Iterable[JobDay], spans: Mapping[str, Span], at: datetime
) -> None:
    """Write days, and how far the jobs are counted; all or nothing, and only in the turn.

    Args:
        before: rows that were counted again: unless a change was noted since they were read, they are done.

    Raises:
        Lost: another process has taken the turn.
    """
    with transaction.atomic(alias()):
        if not turn.stands():
            raise Lost
        _days().bulk_create(
            made, batch_size=500, update_conflicts=True, unique_fields=KEY, update_fields=WRITTEN
        )
        _settle(before)
        _write_histories(spans, at)
        _forget(spans, at)


def _mark_troubled(names: Sequence[str], first: date, last: date) -> None:
    worst = ("failed", "missed", "late")
    found = _days().filter(job_name__in=names, day__range=(first, last), worst__in=worst)
    found.filter(stale=0).update(stale=1)


def _settle(before: Iterable[JobDay]) -> None:
    noted = [row for row in before if row.stale]
    for number in {row.stale for row in noted}:
        pks = [row.pk for row in noted if row.stale == number]
        _days().filter(pk__in=pks, stale=number).update(stale=0)


def _write_histories(spans: Mapping[str, Span], at: datetime) -> None:
    """How far they are counted, and how long they took in the last days."""
    took = _took(spans, at)
    made = []
    for name, span in spans.items():
        usual = Usual.of(took.get(name, fine()))
        row = JobHistory(job_name=name, first_day=span.first, last_day=span.last)
        if usual is not None:
            row.p5, row.p50, row.p95, row.count = usual.p5, usual.p50, usual.p95, usual.count
        made.append(row)
    fields = ["first_day", "last_day", "p5", "p50", "p95", "count"]
    JobHistory.objects.using(alias()).bulk_create(
        made, batch_size=500, update_conflicts=True, unique_fields=["job_name"], update_fields=fields
    )


def _took(spans: Mapping[str, Span], at: datetime) -> dict[str, Histogram]:
    since = at.date() - DAY * USUAL_DAYS
    found = _days().filter(job_name__in=list(spans), day__gte=since).exclude(durations={})
    took: dict[str, Histogram] = {}
    for name, durations in found.values_list("job_name", "durations"):
        took.setdefault(name, fine()).read(durations)
    return took


def _forget(spans: Mapping[str, Span], at: datetime) -> None:
    """Days that are older than what is kept."""
    _days().filter(job_name__in=list(spans), day__lt=at.date() - DAY * DAYS_KEPT).delete()


def _days() -> QuerySet[JobDay]:
    return JobDay.objects.using(alias())

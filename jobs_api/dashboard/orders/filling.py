"""A backfill before it is ordered: each slot of the range, what it is now, and what will become of it."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from hashlib import blake2b
from itertools import islice, takewhile

from jobs_api import database
from jobs_api.history import durations
from jobs_api.models import HELD, JobRun, State
from jobs_api.registry.job import Job
from jobs_api.runs import readers
from jobs_api.runs.job_state import Standing, standings
from jobs_api.schedule.slots import DAY, current_slot, in_utc
from jobs_api.schedule.zones import stretches
from jobs_api.triggers.backfill import BACKFILL_LIMIT as LIMIT
from jobs_api.triggers.backfill import Backfill, plan_backfill

FEW = 6
"""So many slots are shown at first."""


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """One slot."""

    slot: datetime
    state: str
    """Of its run; "" where it has none."""
    run: int | None = None
    tries: int = 0

    @property
    def will(self) -> str:
        """ "queue", "done", "waits" (it is under way) or "rerun" (which queues nothing)."""
        if not self.state:
            return "queue"
        if self.state == State.SUCCEEDED:
            return "done"
        return "waits" if self.state in (State.QUEUED, *HELD) else "rerun"


@dataclasses.dataclass(frozen=True, slots=True)
class Change:
    """The clock of the zone is put forward or back."""

    at: datetime
    by: timedelta


@dataclasses.dataclass(frozen=True, slots=True)
class Preview:
    """What a backfill will do."""

    plan: Backfill
    lines: list[Line]
    usual: float | None
    """Seconds that a run usually takes; None where nobody knows."""
    standing: Standing
    changes: list[Change]

    @property
    def queued(self) -> int:
        """How many slots will be queued."""
        return len(self.plan.queued)

    @property
    def taken(self) -> int:
        """How many have a run."""
        return len(self.lines) - self.queued

    @property
    def work(self) -> float | None:
        """How many seconds the runs will take together, as it is usual."""
        return None if self.usual is None else self.usual * self.queued

    @property
    def unknown(self) -> bool:
        """Whether all of it is from before the job was known, so that no slot counts as missed."""
        since = self.standing.since
        return bool(self.lines) and (since is None or self.lines[-1].slot < since)

    @property
    def digest(self) -> str:
        """Of what will be queued: a form that shows something else is asked again."""
        text = "\n".join([self.plan.job.name, *(slot.isoformat() for slot in self.plan.queued)])
        return blake2b(text.encode(), digest_size=9).hexdigest()


def preview(job: Job, start: datetime, end: datetime, *, at: datetime) -> Preview:
    """Look at a range: five statements, however many slots it has.

    Raises:
        BadInput: see `plan_backfill`.
    """
    plan = plan_backfill(job, start, end, now=at)
    runs = {run.run_date: run for run in _runs(job, start, end)} if len(plan.queued) < len(plan.slots) else {}
    lines = [_line(slot, runs.get(slot)) for slot in plan.slots]
    usual = durations.usual([job.name]).get(job.name)
    (standing,) = standings(names=[job.name])[1]
    return Preview(
        plan, lines, None if usual is None else usual.p50, standing, list(_changes(job, start, end))
    )


def _runs(job: Job, start: datetime, end: datetime) -> list[JobRun]:
    rows = database.rows().filter(job_name=job.name, run_date__gte=start, run_date__lt=end)
    return list(readers.by_clock(rows.only("job_name", "run_date", "state", "reason", "tries"), None))


def _line(slot: datetime, run: JobRun | None) -> Line:
    if run is None:
        return Line(slot, "")
    state, reason = readers.state_of(run)
    return Line(slot, "lost" if reason == "lost" else str(state), run.pk, run.tries)


def _changes(job: Job, start: datetime, end: datetime) -> list[Change]:
    found = takewhile(lambda stretch: stretch.start < end, stretches(job.slots.timezone, start))
    return [
        Change(each.start, each.offset - each.before)
        for each in found
        if each.start > start and each.offset != each.before
    ]


def usual_range(job: Job, at: datetime) -> tuple[datetime, datetime]:
    """Where a form begins: since yesterday in the job's zone; longer or shorter by its slots."""
    now = at.astimezone(job.slots.zone).replace(second=0, microsecond=0)
    today = now.replace(hour=0, minute=0)
    newest = current_slot(job.slots, at, early=False)
    starts = [today - DAY, today, now.replace(minute=0) - DAY / 4]
    if newest is not None and newest < starts[0]:
        starts[0] = newest.replace(hour=0, minute=0)
    fits = (start for start in starts if len(list(islice(in_utc(job.slots, start, now), LIMIT))) < LIMIT)
    return next(fits, now - DAY / 24), now

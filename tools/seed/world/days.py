"""The roll-up of the year: days of which the runs are there are counted, the others are made up."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from functools import cache

from jobs_api.history import rows
from jobs_api.history.calendar import DAY, day_of, days, hours, start_of
from jobs_api.history.counting import tallies
from jobs_api.history.durations import Usual
from jobs_api.history.tally import Tally, fine
from jobs_api.models import JobDay, JobHistory
from jobs_api.registry.job import Job
from jobs_api.runs.job_state import Standing, standings
from jobs_api.schedule.slots import slots_between
from tools.seed.jobs import USUAL
from tools.seed.world.jobs import KNOWN
from tools.seed.world.making import LATENESS
from tools.seed.world.past import reach

BAD = {"failed": 0.012, "ran_late": 0.02, "missed": 0.006}
"""How often a day has something of it."""
LATELY = 30


def write(now: datetime) -> None:
    """Write all days before today."""
    found = standings(now=now)[1]
    JobDay.objects.bulk_create([row for each in found for row in _days(each, now)], batch_size=500)
    JobHistory.objects.bulk_create(_history(each.job, now) for each in found)


def _days(standing: Standing, now: datetime) -> list[JobDay]:
    job, zone = standing.job, standing.job.slots.timezone
    first, last = day_of(zone, now - KNOWN), day_of(zone, now) - DAY
    whole = max(day_of(zone, now - reach(job, now)) + DAY, first)
    start, end = start_of(zone, whole), start_of(zone, last + DAY)
    found = rows.within([job.name], start, end, at=now, each=20_000, now=now)
    counted = tallies(job, found, whole, last, at=now, standing=standing)
    chance = random.Random(f"days of {job.name}")
    made = {day: _made_up(standing, day, chance, now) for day in days(first, last) if day < whole}
    return [_row(job, day, tally, now) for day, tally in {**made, **counted}.items()]


def _row(job: Job, day: date, tally: Tally, now: datetime) -> JobDay:
    about = {"schedule": job.schedule or "", "timezone": job.slots.timezone, "counted_at": now}
    return JobDay(job_name=job.name, day=day, **about, **tally.stored())


def _made_up(standing: Standing, day: date, chance: random.Random, now: datetime) -> Tally:
    """A day as all others, but for its hours: nobody goes through the slots of a year."""
    job, zone = standing.job, standing.job.slots.timezone
    noon, slots = start_of(zone, day) + timedelta(hours=12), round(_daily(job) * hours(zone, day) / 24)
    if noon < now - KNOWN or any(pause.covers(noon) for pause in standing.pauses):
        return Tally(states=Counter({"unknown" if noon < now - KNOWN else "paused": slots}))
    bad = [state for state, often in BAD.items() if chance.random() < often]
    tally = Tally(states=Counter([*bad, *["succeeded"] * (slots - len(bad))]), runs=slots)
    usual = USUAL[job.name]
    middle, spread = LATENESS[usual.source]
    for _ in range(min(slots, 24)):
        tally.durations.note(usual.seconds * chance.lognormvariate(0, 0.17))
        tally.late_of(usual.source).note(middle * chance.lognormvariate(0, spread))
    return tally


@cache
def _daily(job: Job) -> int:
    """How many slots it has on a day of 24 hours; only of jobs that are due each day as often."""
    day = datetime(2026, 1, 14, tzinfo=UTC)
    return len(list(slots_between(job.slots, day, day + timedelta(days=1))))


def _history(job: Job, now: datetime) -> JobHistory:
    today = day_of(job.slots.timezone, now)
    whole = fine()
    for row in JobDay.objects.filter(job_name=job.name, day__gt=today - LATELY * DAY):
        whole.read(row.durations)
    about = {"first_day": day_of(job.slots.timezone, now - KNOWN), "last_day": today - timedelta(days=1)}
    usual = Usual.of(whole)
    spans = {} if usual is None else {name: getattr(usual, name) for name in ("p5", "p50", "p95", "count")}
    return JobHistory(job_name=job.name, **about, **spans)

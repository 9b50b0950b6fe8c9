"""A year of runs: all of them of slow jobs, the last weeks or days of the others."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache

from jobs_api import registry
from jobs_api.models import JobAttempt, JobRun
from jobs_api.registry.job import Job
from jobs_api.schedule.slots import in_utc
from tools.seed.jobs import USUAL
from tools.seed.world import making
from tools.seed.world.jobs import KNOWN, PAUSED
from tools.seed.world.oddities import CALM, ODD, RARE, RARER

DENSE, HOURLY = timedelta(days=8), timedelta(days=35)
Runs = dict[tuple[str, int], JobRun]
"""The runs of a job, counted from its newest slot back."""


def write(now: datetime, lease: timedelta) -> Runs:
    """Write the runs; returns the newest ones of each job."""
    runs: list[JobRun] = []
    attempts: list[JobAttempt] = []
    newest: Runs = {}
    for job in registry.jobs():
        for number, made in _of(job, now, lease):
            runs.append(made.run)
            attempts += made.earlier
            if number < CALM:
                newest[job.name, number] = made.run
    order = sorted(runs, key=lambda run: run.created_at)  # so ids rise with time
    JobRun.objects.bulk_create(order, batch_size=500)
    JobAttempt.objects.bulk_create(attempts, batch_size=500)
    return newest


def _of(job: Job, now: datetime, lease: timedelta) -> Iterator[tuple[int, making.Made]]:
    chance = random.Random(job.name)
    slots = list(in_utc(job.slots, now - reach(job, now), now))
    for number, slot in enumerate(reversed(slots)):
        what = _what(job, number, chance, now)
        if what == "missed" or (job.name == PAUSED and number == 0 and now - slot < timedelta(hours=16)):
            continue
        yield number, making.make(job, USUAL[job.name], slot, what, chance, now=now, lease=lease)


@cache
def reach(job: Job, now: datetime) -> timedelta:
    """How far back its runs are written."""
    slots = list(in_utc(job.slots, now - timedelta(days=1), now))
    if len(slots) > 24:
        return DENSE
    return HOURLY if len(slots) > 4 else KNOWN


def _what(job: Job, number: int, chance: random.Random, now: datetime) -> str:
    lot = chance.random() * (RARER if reach(job, now) == DENSE else 1)
    if number < CALM:
        return ODD.get(job.name, {}).get(number, "succeeded")
    for what, often in RARE.items():
        if lot < often:
            return what
        lot -= often
    return "succeeded"

"""What passes while a job is paused, and what begins when it is resumed."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from itertools import islice

from jobs_api.models import JobPause
from jobs_api.registry.job import Job
from jobs_api.runs import backlog
from jobs_api.schedule.slots import in_utc, next_slot

MOST = 1000
"""So many slots are counted."""
NAMED = 3
"""So many are named."""


@dataclasses.dataclass(frozen=True, slots=True)
class Passing:
    """The slots that pass between two instants."""

    count: int
    """Up to `MOST`."""
    named: list[datetime]
    """The first of them."""
    following: datetime | None
    """The first one afterwards; None where there is none."""
    endless: bool = False
    """Whether nobody knows when it ends."""

    @property
    def more(self) -> int:
        """How many are not named."""
        return self.count - len(self.named)

    @property
    def capped(self) -> bool:
        """Whether there are more than are counted."""
        return self.count >= MOST


def passing(job: Job, start: datetime, end: datetime | None) -> Passing:
    """The slots of a job from `start` until before `end`."""
    if end is None:
        return Passing(0, [], next_slot(job.slots, start), endless=True)
    slots = list(islice(in_utc(job.slots, start, end), MOST))
    following = next(iter(in_utc(job.slots, end, datetime.max.replace(tzinfo=end.tzinfo))), None)
    return Passing(len(slots), slots[:NAMED], following)


@dataclasses.dataclass(frozen=True, slots=True)
class Resumption:
    """What will happen when a job is resumed."""

    pause: JobPause
    passed: Passing
    """During the pause, so far."""
    waiting: int
    """How many queued slots and retries begin with the next run-due."""
    following: datetime | None
    """The next slot."""
    catch_up: str


def resumption(job: Job, pause: JobPause, at: datetime) -> Resumption:
    """What will happen when this pause ends now: one statement."""
    waiting = backlog.waiting([job], at=at)[job.name]
    passed = passing(job, pause.started_at, at)
    return Resumption(pause, passed, waiting, next_slot(job.slots, at), job.catch_up)

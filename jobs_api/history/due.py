"""When a job was due, and will be: calculated from its schedule, and kept until its next slot."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from itertools import islice, pairwise

from jobs_api.registry.job import Job
from jobs_api.schedule.cron import falling
from jobs_api.schedule.slots import Schedule, in_utc, next_slot

KEPT = 4096
"""So many schedules are remembered."""


@dataclasses.dataclass(frozen=True)
class Due:
    """Slots in UTC, oldest first."""

    slots: Sequence[datetime]
    following: datetime | None
    """The first one after them; None: there is none."""

    def gaps(self) -> Mapping[datetime, timedelta | None]:
        """Of each slot, how long after it the next one is due."""
        return self._gaps

    @cached_property
    def _gaps(self) -> dict[datetime, timedelta | None]:
        ends = [*self.slots, self.following] if self.following else list(self.slots)
        found: dict[datetime, timedelta | None] = {early: late - early for early, late in pairwise(ends)}
        return found if self.following or not self.slots else {**found, self.slots[-1]: None}


_newest: dict[tuple[Schedule, int], tuple[datetime, Due]] = {}
"""With the newest slot before which nobody may ask. Replaced as one object: threads need no lock."""


def newest(job: Job, at: datetime, count: int) -> Due:
    """The newest slots that are not after `at`; none where the job runs on demand."""
    key = job.slots, count
    known = _newest.get(key)
    if known is not None and known[0] <= at and (known[1].following is None or at < known[1].following):
        return known[1]
    utc = at.astimezone(UTC)
    slots = tuple(islice(falling(job.slots, utc), count))[::-1]
    found = Due(slots, _following(job.slots, utc))
    if len(_newest) >= KEPT:
        _newest.clear()
    if slots:
        _newest[key] = slots[-1], found
    return found


def within(job: Job, start: datetime, end: datetime, most: int) -> Due:
    """The slots from `start` to before `end`; where there are more than `most`, only the first of them."""
    return _within(job.slots, start, end, most)


@lru_cache(maxsize=512)
def _within(schedule: Schedule, start: datetime, end: datetime, most: int) -> Due:
    """Pages ask for the same window again and again, and many jobs have the same schedule."""
    slots = tuple(islice(in_utc(schedule, start, end), most))
    return Due(slots, _following(schedule, slots[-1] if slots else end))


def usual_gap(job: Job, at: datetime) -> timedelta | None:
    """How long after the newest slot the next one is due; None: there is none."""
    due = newest(job, at, 1)
    return due.gaps()[due.slots[-1]] if due.slots else None


def _following(schedule: Schedule, utc: datetime) -> datetime | None:
    following = next_slot(schedule, utc)
    return None if following is None else following.astimezone(UTC)

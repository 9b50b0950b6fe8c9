"""How late a call may come: the `max_late` of an entry.

A call that fires besides the slots finds its slot done, unless the call for that slot was lost, or the job is
new. Then it would start the slot before: hours ago, or for a monthly job weeks.
"""

from __future__ import annotations

from jobs_api.registry.job import Job
from jobs_api.schedule.boxes import DAY, boxes_of
from jobs_api.schedule.utc_boxes import jump

MOST_GRACE, LEAST_LATE = 3600, 60


def limit(job: Job, year: int, *, surplus: bool) -> int | None:
    """How late a call may start a slot of this job, in seconds; None: as late as it comes.

    What catches nothing up is started within `grace`. What is caught up is started within `catch_up_window`,
    as run-due does it, where a call besides the slots may come later than that.
    """
    if job.catch_up == "none":
        return max_late(job, year)
    if surplus and _slots_are_rarer_than(job.catch_up_window, job.slots.expression or ""):
        return int(max(job.catch_up_window, _after_a_jump(job, year), LEAST_LATE))
    return None


def max_late(job: Job, year: int) -> int:
    """How late a call for a job that catches nothing up may come, in seconds.

    What comes within `grace` is on time, and so is the call for a slot that the clock has jumped over, which
    comes after the jump.
    """
    grace = _usual_grace(job.slots.expression or "") if job.grace is None else job.grace
    return int(max(grace, _after_a_jump(job, year), LEAST_LATE))


def _after_a_jump(job: Job, year: int) -> int:
    return max(jump(job.slots.timezone, year) - 1, 0) * 60


def _usual_grace(expression: str) -> float:
    """Half the longest time between two slots, at most an hour, in seconds: the same at each time of day."""
    return min(MOST_GRACE, _gap(expression) * 60 / 2)


def _slots_are_rarer_than(seconds: float, expression: str) -> bool:
    boxes, wider = boxes_of(expression)
    restricted = wider or any(not box.is_daily for box in boxes)
    return restricted or _gap(expression) * 60 > seconds


def _gap(expression: str) -> int:
    """The longest time between two slots in minutes; a day, where it is a day or more."""
    boxes, _ = boxes_of(expression)
    return min(DAY, max(box.gap() for box in boxes))

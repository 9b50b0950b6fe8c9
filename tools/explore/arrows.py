"""The rules about stored rows: the arrows of the state machine, the tries, and what run-due can find."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from jobs_api.models import COUNTED
from jobs_api.registry.job import Job
from tools.explore.world import Row, World

LONGEST = timedelta(seconds=3601)
"""The longest lease: an attempt that waits in an engine's queue may begin within an hour."""
SHORT = timedelta(seconds=31)
"""The longest lease of a running command without a renewal."""


def ordered(world: World) -> bool:
    """Whether an operator's order caused this step."""
    return world.actor is not None and world.actor.forces


def attempts_have_no_holes(world: World) -> Iterator[str]:
    """Each attempt before the newest one is on record exactly once."""
    for row in world.rows.values():
        numbers = world.superseded.get(row.id, ())
        if numbers != tuple(range(1, row.attempt)):
            yield f"Run {row.id} is at attempt {row.attempt}; on record before it: {numbers}."


def changed(world: World) -> Iterator[tuple[Row | None, Row | None]]:
    """The rows that this step changed: as they were before, and as they are now."""
    for pk in world.before.keys() | world.rows.keys():
        row, after = world.before.get(pk), world.rows.get(pk)
        if row != after:
            yield row, after


def only_drawn_transitions(world: World) -> Iterator[str]:
    """A run, its attempt number and its tries change only as the state machine in `runs` allows."""
    for row, after in changed(world):
        if after is None or (row is None and after.state not in FIRST):
            yield f"A run {'vanished' if after is None else f'began as {after.state}'}."
        elif row is not None and (wrong := _wrong(world, row, after)):
            yield f"Run {row.id} went from {row.state} to {after.state}: {wrong}."


FIRST = ("queued", "claimed", "running", "skipped")
ARROWS = {
    "queued": {"queued", "claimed", "running", "skipped", "cancelled", "failed"},
    "claimed": {"claimed", "running", "queued", "failed", "cancelled"},
    "running": {"running", "succeeded", "failed", "cancelled"},
    "failed": {"failed", "claimed", "running"},
    "skipped": {"skipped", "claimed", "running"},
    "succeeded": {"succeeded"},
    "cancelled": {"cancelled"},
}


def _wrong(world: World, row: Row, after: Row) -> str:
    by_order, claims = ordered(world), after.held and not row.held
    if after.state not in ARROWS[row.state] and not (by_order and claims):
        return "the state machine has no such arrow"
    if claims:
        return _wrong_claim(row, after, world.jobs.get(row.job), ordered=by_order)
    if after.attempt != row.attempt:
        return f"attempt {row.attempt} became {after.attempt}"
    if after.state == row.state:
        return "" if after.tries == row.tries else "its tries changed"
    return _wrong_end(row, after)


def _wrong_claim(row: Row, after: Row, job: Job | None, *, ordered: bool) -> str:
    parked = row.state == "queued" and row.attempt > 0
    if after.attempt != row.attempt + (not parked):
        return f"attempt {row.attempt} became {after.attempt}"
    if after.cancel_requested or after.reason:
        return f"it keeps {after.reason or 'the cancel'} of the attempt before"
    if after.tries != (0 if ordered else row.tries):
        return f"{row.tries} tries became {after.tries}"
    if row.state == "failed" and not ordered and job and row.tries >= job.max_attempts:
        return "its tries are used up"
    return ""


def _wrong_end(row: Row, after: Row) -> str:
    counts = after.state == "failed" and (
        after.reason in COUNTED or (after.reason == "lost" and row.state == "running")
    )
    if row.state != "queued" and after.state == "failed" and after.tries != row.tries + counts:
        return f"{after.reason}: {row.tries} tries became {after.tries}"
    if row.state == "queued" and after.tries != row.tries:
        return "its tries changed"
    return ""


def every_waiting_run_can_be_found(world: World) -> Iterator[str]:
    """Run-due can find each run that has not ended: it has a deadline or a time to begin."""
    for row in world.rows.values():
        job = world.jobs.get(row.job)
        if row.held and (row.lease is None or row.lease > world.store.now + LONGEST):
            yield f"Run {row.id} is held until {row.lease}."
        if row.state == "running" and row.lease and row.lease > world.store.now + SHORT:
            yield f"Run {row.id} is running, but its lease is as long as in a queue: {row.lease}."
        if not row.held and (row.held_job or row.lease):
            yield f"Run {row.id} is {row.state} and keeps {row.held_job or row.lease}."
        if row.state == "failed" and job and row.next and row.tries >= job.max_attempts:
            yield f"Run {row.id} has used up its tries, but run-due looks at it for ever."
        closed = row.reason == "submit_failed" and job is not None and job.expires is not None
        retryable = row.state == "failed" and not closed and job and row.tries < job.max_attempts
        if (row.state == "queued" or retryable) and row.next is None:
            yield f"Run {row.id} is {row.state}, but run-due does not look at it."

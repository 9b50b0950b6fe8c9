"""What must hold after each step: each rule says what broke it, if anything did.

A rule looks at what was stored before the step and after it, at what transitions said that they did, and
at the ledger of what lives.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, timedelta
from itertools import combinations

from django.db import OperationalError

from jobs_api.exceptions import DatabaseBusy, InFlight
from jobs_api.models import COUNTED, ENDED
from jobs_api.registry.job import Job
from jobs_api.runs.types import ORDERED, Lease
from jobs_api.triggers.request import Result
from tools.explore.actors import Actor
from tools.explore.holding import a_holders_write_is_its_own
from tools.explore.ledger import Life
from tools.explore.world import Row, World

Rule = Callable[[World], Iterator[str]]
LONGEST = timedelta(seconds=3601)
"""No lease lasts longer: one that waits in an engine's queue may begin within an hour."""
SHORT = timedelta(seconds=31)
"""Nor one of a running command that is not renewed."""


class Violation(BaseException):
    """A rule is broken."""

    def __init__(self, rule: str, text: str) -> None:
        super().__init__(f"{rule}: {text}")
        self.rule, self.text = rule, text


def check(world: World) -> None:
    """Note what happened, and raise the first violation."""
    for rule in RULES:
        for text in rule(world):
            raise Violation(rule.__name__, text)
    note(world)


def note(world: World) -> None:
    """Bring the ledger up to what is stored and said by now."""
    ledger = world.ledger
    for life in ledger.lives.values():
        row = world.rows.get(life.run)
        if row is not None and row.held and row.attempt == life.attempt and row.lease:
            life.until = row.lease
    ledger.ended |= {row.id for row in world.rows.values() if row.state in ENDED}
    ledger.done |= {row.id for row in world.rows.values() if row.state == "succeeded"}
    for actor, name, run, _, _ in world.facts:
        if name == "cancel":
            ledger.unwanted |= {run.pk}
        elif name == "claim" and actor.forces:
            pk = _claimed(world)
            ledger.unwanted -= {pk}
            ledger.done -= {pk}


def _claimed(world: World) -> int | None:
    """The run that a claim of this step took."""
    return next((lease.run_id for _, name, _, _, lease in world.facts if name == "claim"), None)


def no_actor_breaks(world: World) -> Iterator[str]:
    """Whatever happens in between, real code raises nothing that its callers do not expect."""
    error = None if world.actor is None else world.actor.error
    if (
        world.actor
        and error
        and not (world.may_be_late and isinstance(error, OperationalError | DatabaseBusy))
    ):
        yield f"{world.actor.name} raised {type(error).__name__}: {error}"


def one_holder_per_slot(world: World) -> Iterator[str]:
    """A slot has one run, and of that at most one command lives whose lease is not over."""
    for slot, count in Counter((row.job, row.run_date) for row in world.rows.values()).items():
        if count > 1:
            yield f"{slot[0]} has {count} runs for {slot[1]}."
    for one, other in _side_by_side(world):
        if one.run == other.run:
            yield f"Attempts {one.attempt} and {other.attempt} of run {one.run} live side by side."


def one_slot_of_an_exclusive_job(world: World) -> Iterator[str]:
    """And of a job that does not overlap at most one slot."""
    for one, other in _side_by_side(world):
        if one.run != other.run and one.job == other.job and one.exclusive:
            yield f"Runs {one.run} and {other.run} of {one.job} live side by side."
    held = [row for row in world.rows.values() if row.held and _exclusive(world, row.job)]
    for row, another in combinations(held, 2):
        if row.job == another.job:
            yield f"Runs {row.id} and {another.id} of {row.job} are held side by side."


def _exclusive(world: World, name: str) -> bool:
    job = world.jobs.get(name)
    return job is None or job.exclusive


def _side_by_side(world: World) -> Iterator[tuple[Life, Life]]:
    held = [life for life in world.ledger.lives.values() if life.until >= world.store.now]
    return combinations(held, 2)


def none_starts_after_success(world: World) -> Iterator[str]:
    """What has succeeded is started again, and is anything but succeeded, only if an operator orders it."""
    for lease in _starts(world):
        if lease.run_id in world.ledger.done:
            yield f"Attempt {lease.attempt} of run {lease.run_id} started after a success."
    for row, after in _changed(world):
        if row is not None and after is not None and row.state == "succeeded" and not _ordered(world):
            yield f"Run {row.id} has succeeded, and is {after.state} now."


def a_cancelled_run_never_starts(world: World) -> Iterator[str]:
    """Once a cancel was acknowledged no attempt of this run is claimed or started, whoever died meanwhile."""
    for lease in _starts(world):
        if lease.run_id in world.ledger.unwanted:
            yield f"Attempt {lease.attempt} of run {lease.run_id} started although it was cancelled."
    for row, after in _changed(world):
        if row is None or after is None or row.id not in world.ledger.unwanted or _ordered(world):
            continue
        if after.attempt != row.attempt:
            yield f"Run {row.id} was claimed again although it was cancelled."
        if after.state in ("failed", "queued"):
            yield f"Run {row.id} was cancelled, and is {after.state} now: {after.reason or 'waiting'}."


def _starts(world: World) -> list[Lease]:
    """What was started in this step, but for what an operator's order has claimed in it."""
    started = [lease for _, name, lease, _, _ in world.facts if name == "start"]
    return [] if _ordered(world) else started


def _ordered(world: World) -> bool:
    return world.actor is not None and world.actor.forces


def nothing_is_cancelled_unasked(world: World) -> Iterator[str]:
    """A run ends as cancelled only if an operator asked for that."""
    cancelled = {run.pk for _, name, run, _, _ in world.facts if name == "cancel"}
    for row, after in _changed(world):
        if (
            after
            and after.state == "cancelled"
            and not (row and row.cancel_asked)
            and after.id not in cancelled
        ):
            yield f"Run {after.id} is cancelled, and nobody asked for that."


def no_attempt_begins_twice(world: World) -> Iterator[str]:
    """However often it is delivered, and its numbers only grow."""
    for _, name, lease, _, _ in world.facts:
        if name != "start":
            continue
        begun = world.ledger.begun[lease.run_id]
        if list(begun) != sorted(set(begun)):
            yield f"Attempts {', '.join(map(str, begun))} of run {lease.run_id} have started, in this order."


def attempts_have_no_holes(world: World) -> Iterator[str]:
    """Each attempt before the newest is on record, once."""
    for row in world.rows.values():
        numbers = world.superseded.get(row.id, ())
        if numbers != tuple(range(1, row.attempt)):
            yield f"Run {row.id} is at attempt {row.attempt}; on record before it: {numbers}."


def _changed(world: World) -> Iterator[tuple[Row | None, Row | None]]:
    for pk in world.before.keys() | world.rows.keys():
        row, after = world.before.get(pk), world.rows.get(pk)
        if row != after:
            yield row, after


def only_drawn_transitions(world: World) -> Iterator[str]:
    """A run moves along the arrows that `runs` draws, and its numbers with it."""
    for row, after in _changed(world):
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
    ordered, claims = _ordered(world), after.held and not row.held
    if after.state not in ARROWS[row.state] and not (ordered and claims):
        return "there is no such arrow"
    if claims:
        return _wrong_claim(row, after, world.jobs.get(row.job), ordered=ordered)
    if after.attempt != row.attempt:
        return f"attempt {row.attempt} became {after.attempt}"
    if after.state == row.state:
        return "" if after.tries == row.tries else "its tries changed"
    return _wrong_end(row, after)


def _wrong_claim(row: Row, after: Row, job: Job | None, *, ordered: bool) -> str:
    parked = row.state == "queued" and row.attempt > 0
    if after.attempt != row.attempt + (not parked):
        return f"attempt {row.attempt} became {after.attempt}"
    if after.cancel_asked or after.reason:
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


def what_waits_can_be_found(world: World) -> Iterator[str]:
    """Each run that is not at its end is one that run-due looks at: it has a deadline or a time to begin."""
    for row in world.rows.values():
        job = world.jobs.get(row.job)
        if row.held and (row.lease is None or row.lease > world.store.now + LONGEST):
            yield f"Run {row.id} is held until {row.lease}."
        if row.state == "running" and row.lease and row.lease > world.store.now + SHORT:
            yield f"Run {row.id} is running, and its lease is as long as that of a queue: {row.lease}."
        if not row.held and (row.held_job or row.lease):
            yield f"Run {row.id} is {row.state} and keeps {row.held_job or row.lease}."
        if row.state == "failed" and job and row.next and row.tries >= job.max_attempts:
            yield f"Run {row.id} has used up its tries, and is looked at for ever."
        closed = row.reason == "submit_failed" and job is not None and job.expires is not None
        left = row.state == "failed" and not closed and job and row.tries < job.max_attempts
        if (row.state == "queued" or left) and row.next is None:
            yield f"Run {row.id} is {row.state}, and nothing will look at it."


def a_paused_job_does_not_start(world: World) -> Iterator[str]:
    """A trigger that began during a pause claims nothing while that lasts, unless an operator ordered it."""
    for actor, job, lease in _claims(world):
        if any(name == job.name and (pk, name) in actor.paused_at_first for pk, name in world.paused):
            yield f"{actor.name} claimed run {lease.run_id} although the job was paused before it came."


def nothing_expired_starts(world: World) -> Iterator[str]:
    """A slot that was older than its job lets it be when its trigger came is not claimed, unless ordered."""
    for actor, job, lease in _claims(world):
        age = actor.began_at - lease.run_date.astimezone(UTC).replace(tzinfo=None)
        if job.expires is not None and age.total_seconds() > job.expires:
            yield f"{actor.name} claimed run {lease.run_id}, whose slot was {age} old."


def _claims(world: World) -> Iterator[tuple[Actor, Job, Lease]]:
    """What was claimed in this step, but for what an operator had ordered."""
    for actor, name, wanted, _, lease in world.facts:
        if name == "claim" and not actor.forces and world.rows[lease.run_id].trigger not in ORDERED:
            yield actor, wanted.job, lease


def an_answer_tells_the_truth(world: World) -> Iterator[str]:
    """What a trigger is told is so at that moment, or was so before."""
    actor = world.actor
    if actor is None or not actor.done:
        return
    if isinstance(actor.result, InFlight) and not world.ledger.ended:
        yield f"{actor.name} was told that a run has ended; none has."
    if not isinstance(actor.result, Result) or actor.result.run is None:
        return
    result, row = actor.result, world.rows.get(actor.result.run.id)
    told = f"{actor.name} was told {result.outcome} of run {actor.result.run.id}"
    if row is None:
        yield f"{told}, which does not exist."
    elif result.outcome in ("succeeded", "already_succeeded") and row.id not in {
        *world.ledger.done,
        *_succeeded(world),
    }:
        yield f"{told}, which is {row.state}."
    elif result.outcome == "cancelled" and row.id not in world.ledger.unwanted:
        yield f"{told}, which nobody has cancelled."
    elif result.outcome == "accepted" and row.state == "skipped":
        yield f"{told}, which was left out."


def _succeeded(world: World) -> set[int]:
    return {row.id for row in world.rows.values() if row.state == "succeeded"}


RULES: tuple[Rule, ...] = (
    no_actor_breaks,
    one_holder_per_slot,
    one_slot_of_an_exclusive_job,
    none_starts_after_success,
    a_cancelled_run_never_starts,
    nothing_is_cancelled_unasked,
    no_attempt_begins_twice,
    attempts_have_no_holes,
    a_holders_write_is_its_own,
    only_drawn_transitions,
    what_waits_can_be_found,
    a_paused_job_does_not_start,
    nothing_expired_starts,
    an_answer_tells_the_truth,
)

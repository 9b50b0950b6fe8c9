"""The rules that must hold after each step: a rule yields a text for each violation.

A rule reads the rows before and after the step, the results that transitions reported, and the ledger of
commands that are alive.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC
from itertools import combinations

from django.db import OperationalError

from jobs_api.exceptions import DatabaseBusy, InFlight
from jobs_api.models import ENDED
from jobs_api.registry.job import Job
from jobs_api.runs.types import ORDERED, Lease
from jobs_api.triggers.request import Result
from tools.explore.actors import Actor
from tools.explore.arrows import (
    attempts_have_no_holes,
    changed,
    every_waiting_run_can_be_found,
    only_drawn_transitions,
    ordered,
)
from tools.explore.holding import a_holders_write_is_its_own
from tools.explore.ledger import Life
from tools.explore.world import World

Rule = Callable[[World], Iterator[str]]


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
    """Update the ledger with what this step stored and reported."""
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
    """In any order of steps, real code raises only errors that its callers expect."""
    error = None if world.actor is None else world.actor.error
    if (
        world.actor
        and error
        and not (world.may_be_late and isinstance(error, OperationalError | DatabaseBusy))
    ):
        yield f"{world.actor.name} raised {type(error).__name__}: {error}"


def one_holder_per_slot(world: World) -> Iterator[str]:
    """A slot has one run, and at most one command of this run is alive with a valid lease."""
    for slot, count in Counter((row.job, row.run_date) for row in world.rows.values()).items():
        if count > 1:
            yield f"{slot[0]} has {count} runs for {slot[1]}."
    for one, other in _side_by_side(world):
        if one.run == other.run:
            yield f"Attempts {one.attempt} and {other.attempt} of run {one.run} live side by side."


def one_slot_of_an_exclusive_job(world: World) -> Iterator[str]:
    """Of a job that does not overlap, at most one slot is alive or held."""
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
    """A run that has succeeded starts again, or changes its state, only if an operator orders it."""
    for lease in _starts(world):
        if lease.run_id in world.ledger.done:
            yield f"Attempt {lease.attempt} of run {lease.run_id} started after a success."
    for row, after in changed(world):
        if row is not None and after is not None and row.state == "succeeded" and not ordered(world):
            yield f"Run {row.id} has succeeded, and is {after.state} now."


def a_cancelled_run_never_starts(world: World) -> Iterator[str]:
    """After a cancel was acknowledged, no attempt of this run is claimed or started, whatever dies."""
    for lease in _starts(world):
        if lease.run_id in world.ledger.unwanted:
            yield f"Attempt {lease.attempt} of run {lease.run_id} started although it was cancelled."
    for row, after in changed(world):
        if row is None or after is None or row.id not in world.ledger.unwanted or ordered(world):
            continue
        if after.attempt != row.attempt:
            yield f"Run {row.id} was claimed again although it was cancelled."
        if after.state in ("failed", "queued"):
            yield f"Run {row.id} was cancelled, and is {after.state} now: {after.reason or 'waiting'}."


def _starts(world: World) -> list[Lease]:
    """The attempts that this step started, without those that an operator ordered."""
    started = [lease for _, name, lease, _, _ in world.facts if name == "start"]
    return [] if ordered(world) else started


def only_requested_cancels(world: World) -> Iterator[str]:
    """A run ends as cancelled only if an operator requested that."""
    cancelled = {run.pk for _, name, run, _, _ in world.facts if name == "cancel"}
    for row, after in changed(world):
        if (
            after
            and after.state == "cancelled"
            and not (row and row.cancel_requested)
            and after.id not in cancelled
        ):
            yield f"Run {after.id} is cancelled, but nobody requested that."


def no_attempt_begins_twice(world: World) -> Iterator[str]:
    """An attempt begins once, however often it is delivered, and the attempt numbers only grow."""
    for _, name, lease, _, _ in world.facts:
        if name != "start":
            continue
        begun = world.ledger.begun[lease.run_id]
        if list(begun) != sorted(set(begun)):
            yield f"Attempts {', '.join(map(str, begun))} of run {lease.run_id} have started, in this order."


def a_paused_job_does_not_start(world: World) -> Iterator[str]:
    """A trigger that began during a pause claims nothing during that pause, unless it has `force`."""
    for actor, job, lease in _claims(world):
        if any(name == job.name and (pk, name) in actor.paused_at_first for pk, name in world.paused):
            yield f"{actor.name} claimed run {lease.run_id} although the job was paused before that."


def nothing_expired_starts(world: World) -> Iterator[str]:
    """A slot that was past its job's `expires` when its trigger arrived is not claimed, unless ordered."""
    for actor, job, lease in _claims(world):
        if world.rows[lease.run_id].trigger in ORDERED:
            continue
        age = actor.began_at - lease.run_date.astimezone(UTC).replace(tzinfo=None)
        if job.expires is not None and age.total_seconds() > job.expires:
            yield f"{actor.name} claimed run {lease.run_id}, whose slot was {age} old."


def _claims(world: World) -> Iterator[tuple[Actor, Job, Lease]]:
    """The claims of this step, without those with `force`, as every rerun has it."""
    for actor, name, requested, _, lease in world.facts:
        if name == "claim" and not actor.forces:
            yield actor, requested.job, lease


def every_answer_is_true(world: World) -> Iterator[str]:
    """The answer to a trigger is true at that moment, or was true before."""
    actor = world.actor
    if actor is None or not actor.done:
        return
    if isinstance(actor.result, InFlight) and not world.ledger.ended:
        yield f"{actor.name} got the answer that a run has ended; none has."
    if not isinstance(actor.result, Result) or actor.result.run is None:
        return
    result, row = actor.result, world.rows.get(actor.result.run.id)
    claim = f"{actor.name} got the answer {result.outcome} for run {actor.result.run.id}"
    if row is None:
        yield f"{claim}, which does not exist."
    elif result.outcome in ("succeeded", "already_succeeded") and row.id not in {
        *world.ledger.done,
        *_succeeded(world),
    }:
        yield f"{claim}, which is {row.state}."
    elif result.outcome == "cancelled" and row.id not in world.ledger.unwanted:
        yield f"{claim}, which was not cancelled."
    elif result.outcome == "accepted" and row.state == "skipped":
        yield f"{claim}, which was skipped."


def _succeeded(world: World) -> set[int]:
    return {row.id for row in world.rows.values() if row.state == "succeeded"}


RULES: tuple[Rule, ...] = (
    no_actor_breaks,
    one_holder_per_slot,
    one_slot_of_an_exclusive_job,
    none_starts_after_success,
    a_cancelled_run_never_starts,
    only_requested_cancels,
    no_attempt_begins_twice,
    attempts_have_no_holes,
    a_holders_write_is_its_own,
    only_drawn_transitions,
    every_waiting_run_can_be_found,
    a_paused_job_does_not_start,
    nothing_expired_starts,
    every_answer_is_true,
)

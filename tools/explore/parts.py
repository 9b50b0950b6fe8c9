"""What actors do and what happens: each makes real code do its work, and expects what its callers expect."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from django.db import OperationalError
from django.utils import timezone

from jobs_api import database, registry, runs
from jobs_api.clock import Moment
from jobs_api.conf import config
from jobs_api.exceptions import InFlight, LeaseLost, LostRace, Overlap
from jobs_api.execution.heartbeat import heartbeat
from jobs_api.models import Reason, State
from jobs_api.registry.job import Job
from jobs_api.runs import job_state, lookup
from jobs_api.runs.types import BACKFILL, RERUN, RUN_DUE, Claim, Ending, Lease, Trigger
from jobs_api.triggers import cancelling, dispatch, due
from jobs_api.triggers.backfill import backfill, plan_backfill
from jobs_api.triggers.request import Request
from jobs_api.worker import delivery
from tools.explore.actors import Actor
from tools.explore.hosts import Host
from tools.explore.world import World

Play = Callable[[Actor], Any]
Deed = tuple[str, Callable[[], bool], Callable[[], None]]

SLOT = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
"""The newest slot of a job that is due at three."""
BEFORE = datetime(2026, 11, 19, 3, 0, tzinfo=UTC)


def daily(name: str = "daily", **fields: Any) -> Job:
    """Due at three; its retries wait for nothing."""
    return Job(
        name, **{"schedule": "0 3 * * *", "timezone": "UTC", "retry_backoff": 0, "max_attempts": 5, **fields}
    )


def trigger(job: Job, slot: datetime = SLOT) -> Play:
    """An HTTP caller."""
    return lambda actor: dispatch.dispatch(Request(job, slot, Trigger("http"), wait_own=0))


def rerun(job: Job, slot: datetime = SLOT) -> Play:
    """An operator's order, whatever became of the slot: its actor `forces`."""
    return lambda actor: dispatch.dispatch(Request(job, slot, Trigger(RERUN), force=True, wait_own=0))


def run_due(actor: Actor) -> Any:
    """The caller of run-due."""
    report = due.run_due(Trigger(RUN_DUE), seconds=0)
    if report.errors and not actor.world.may_be_late:
        raise AssertionError("run-due could not start a slot.")
    return report


def backfills(job: Job, start: datetime, end: datetime) -> Play:
    """An operator who fills an interval."""

    def order(actor: Actor) -> None:
        backfill(plan_backfill(job, start, end, now=timezone.now()), Trigger(BACKFILL), at=timezone.now())

    return order


def waits_for_room(name: str) -> Play:
    """A host that has room again."""
    return lambda actor: due.start_waiting(name)


def reap(actor: Actor) -> Any:
    """Whoever looks for leases that are over."""
    return dispatch.reap(database.rows(), moment=Moment(timezone.now()))


def cancel(job: Job, slot: datetime = SLOT) -> Play:
    """An operator who does not want the slot's run, if there is one."""

    def ask(actor: Actor) -> Any:
        run = database.rows().filter(job_name=job.name, run_date=slot).first()
        try:
            return run and cancelling.cancel_run(run, actor="operator", reason="not wanted")
        except InFlight as error:
            return error

    return ask


def pause(job: Job) -> Play:
    """An operator who pauses the job."""
    return lambda actor: job_state.pause(job, actor="operator", comment="", at=timezone.now())


def resume(job: Job) -> Play:
    """And lets it go on."""
    return lambda actor: job_state.resume(job, actor="operator", comment="", at=timezone.now())


def work(actor: Actor) -> Any:
    """A worker that carries out one message, and frees its host's room."""
    engine = actor.world.engine
    message = engine.take()
    try:
        return delivery.deliver(*message, isolated=False)
    except OperationalError as error:  # it will be delivered again
        engine.messages.append(message)
        return error
    finally:
        if not actor.dead:
            engine.busy -= 1


def works(world: World, name: str, host: Host, **named: Any) -> Actor:
    """Such a worker, which begins when there is a message."""
    return world.add(name, host, work, ready=lambda: bool(world.engine.messages), **named)


def beat(host: Host, times: int = 1) -> Play:
    """The heartbeat of a host, which looks at all that lives there."""

    def tick(actor: Actor) -> None:
        for number in range(times):
            if number:
                actor.turn("the heartbeat looks again")
            heartbeat.take_turn()

    return tick


def beats(world: World, name: str, host: Host, times: int = 1) -> Actor:
    """Such a heartbeat, which begins when something has lived there for long enough to be renewed."""
    world.measures_time = True

    def due() -> bool:
        return any(world.elapsed - beat.renewed >= config().renew_seconds for beat in host.beats.values())

    return world.add(name, host, beat(host, times), ready=due)


def claims_unasked(job: Job, slot: datetime = SLOT, **named: Any) -> Play:
    """A claim by somebody who has read the row and checks nothing: the claim itself has to refuse."""

    def claim(actor: Actor) -> Any:
        run = lookup.find(job.name, slot)[0]
        wanted = Claim(job, slot, Trigger("http"), **{"begin": True, "options": {}, **named})
        try:
            return runs.claim(wanted, run, moment=Moment(timezone.now()))
        except (LostRace, Overlap) as error:
            return error

    return claim


def abandons(actor: Actor) -> Any:
    """The host's watcher of a process that ended without a word: it closes what that one did not begin."""
    run, attempt = actor.world.engine.take()
    row = database.rows().get(pk=run)
    lease = Lease(run, attempt, row.job_name, row.run_date, row.tries, {}, timezone.now(), actor.elapsed())
    return runs.abandon(lease, "Its process ended.", moment=Moment(timezone.now()))


def late(write: Callable[[Lease], Any], job: Job, slot: datetime = SLOT) -> Play:
    """A write of a holder that was `running` at first and has been silent since: it arrives late."""
    return lambda actor: write(Lease(1, 1, job.name, slot, 0, {}, timezone.now(), actor.elapsed()))


def renews(lease: Lease) -> Any:
    """It still lives."""
    return runs.renew([lease])


def says(lease: Lease) -> Any:
    """How far it is."""
    return runs.record_progress(lease, progress=(1, 2), output=(b"", b"", 0))


def ends(lease: Lease) -> Any:
    """It has done its work."""
    return _finish(lease, Ending(State.SUCCEEDED, finished_at=lease.started_at))


def fails(lease: Lease) -> Any:
    """It has failed."""
    return _finish(lease, Ending(State.FAILED, Reason.ERROR, finished_at=lease.started_at))


def _finish(lease: Lease, ending: Ending) -> Any:
    with suppress(LeaseLost):
        return runs.finish(lease, ending, registry.get(lease.job_name), moment=Moment(lease.started_at))


# -- what there is at first -------------------------------------------------------------------


def ordered(job: Job, *slots: datetime) -> Callable[[Any], None]:
    """A backfill has queued these slots."""
    return lambda party: runs.queue(job, slots, Trigger(BACKFILL), at=party.clock(), options={})


def claimed(job: Job, slot: datetime = SLOT) -> Callable[[Any], None]:
    """A caller has claimed the slot, and an engine has its message."""
    return lambda party: _claim(party, job, slot, begin=False)


def running(job: Job, slot: datetime = SLOT) -> Callable[[Any], None]:
    """An inline command runs, on a host of which nobody hears."""
    return lambda party: _claim(party, job, slot, begin=True)


def _claim(party: Any, job: Job, slot: datetime, *, begin: bool) -> Lease:
    return runs.claim(Claim(job, slot, Trigger("http"), begin=begin), None, moment=Moment(party.clock()))


def failed(job: Job, slot: datetime = SLOT) -> Callable[[Any], None]:
    """An attempt has failed; it may be tried again."""

    def fail(party: Any) -> None:
        lease = _claim(party, job, slot, begin=True)
        moment = Moment(party.clock())
        runs.finish(lease, Ending(State.FAILED, Reason.ERROR, finished_at=moment.at), job, moment=moment)

    return fail


def parked(job: Job, slot: datetime = SLOT) -> Callable[[Any], None]:
    """A slot that was claimed on a host without room waits there."""

    def park(party: Any) -> None:
        runs.park(_claim(party, job, slot, begin=False), moment=Moment(party.clock()))

    return park


def has_message(world: World) -> None:
    """The engine has the message of what was claimed at first."""
    world.engine.messages, world.engine.busy = [(1, 1)], 1


# -- what happens -----------------------------------------------------------------------------


def passes(world: World, *seconds: float) -> list[Deed]:
    """Time passes, so many seconds at once."""
    return [(f"{number:g} s pass", lambda: True, _passing(world, number)) for number in seconds]


def _passing(world: World, seconds: float) -> Callable[[], None]:
    return lambda: world.pass_by(seconds)


def dies(world: World, actor: Actor) -> Deed:
    """SIGKILL for the process of an actor that is at work."""
    return f"{actor.name} is killed", lambda: actor.alive, lambda: world.kill(actor.host)


def loses_answer(world: World, actor: Actor) -> Deed:
    """The database does what this actor writes next, and the answer does not come through."""
    world.loses_answers = True

    def lose() -> None:
        actor.loses_answer = True

    return f"an answer to {actor.name} gets lost", lambda: actor.alive, lose


def skews(host: Host, seconds: float) -> Deed:
    """The clock of a host jumps."""

    def jump() -> None:
        host.skew += seconds

    return f"the clock of {host.name} jumps by {seconds:g} s", lambda: True, jump


def delivers_twice(world: World) -> Deed:
    """The engine delivers a message a second time."""

    def again() -> None:
        world.engine.messages.append(world.engine.messages[0])
        world.engine.busy += 1

    return "a message comes twice", lambda: bool(world.engine.messages), again


def frees_room(world: World) -> Deed:
    """Something that had filled the host ends."""

    def free() -> None:
        world.engine.busy -= 1

    return "there is room again", lambda: True, free


def drains(world: World, host: Host) -> Deed:
    """A host is told to stop, and gives its commands no time."""

    def stop() -> None:
        host.drains = world.elapsed

    return f"{host.name} is told to stop", lambda: True, stop

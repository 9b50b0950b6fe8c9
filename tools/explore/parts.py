"""What actors do: each calls real code as its callers do, and accepts the errors that these accept."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
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
from jobs_api.runs import lookup, pausing
from jobs_api.runs.types import BACKFILL, RERUN, RUN_DUE, Claim, Ending, Lease, Trigger
from jobs_api.triggers import cancelling, dispatch, due
from jobs_api.triggers.backfill import backfill, plan_backfill
from jobs_api.triggers.request import Request
from jobs_api.worker import delivery
from tools.explore.actors import Actor
from tools.explore.hosts import Host
from tools.explore.world import World

Play = Callable[[Actor], Any]

SLOT = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
"""The newest slot of a job that is due at three."""
BEFORE = datetime(2026, 11, 19, 3, 0, tzinfo=UTC)


def daily(name: str = "daily", **fields: Any) -> Job:
    """A job that is due at three; its retries have no back-off."""
    return Job(
        name, **{"schedule": "0 3 * * *", "timezone": "UTC", "retry_backoff": 0, "max_attempts": 5, **fields}
    )


def trigger(job: Job, slot: datetime = SLOT) -> Play:
    """An HTTP caller."""
    return lambda actor: dispatch.dispatch(Request(job, slot, Trigger("http"), wait_own=0))


def rerun(job: Job, slot: datetime = SLOT) -> Play:
    """An operator orders a rerun, whatever the state of the slot: its actor `forces`."""
    return lambda actor: dispatch.dispatch(Request(job, slot, Trigger(RERUN), force=True, wait_own=0))


def run_due(actor: Actor) -> Any:
    """A caller of run-due."""
    report = due.run_due(Trigger(RUN_DUE), seconds=0)
    if report.errors and not actor.world.may_be_late:
        raise AssertionError("run-due could not start a slot.")
    return report


def backfills(job: Job, start: datetime, end: datetime) -> Play:
    """An operator backfills an interval."""

    def order(actor: Actor) -> None:
        backfill(plan_backfill(job, start, end, now=timezone.now()), Trigger(BACKFILL), at=timezone.now())

    return order


def waits_for_room(name: str) -> Play:
    """A host with free room starts waiting runs."""
    return lambda actor: due.start_waiting(name)


def reap(actor: Actor) -> Any:
    """A reaper closes attempts whose lease has expired."""
    return dispatch.reap(database.rows(), moment=Moment(timezone.now()))


def cancel(job: Job, slot: datetime = SLOT) -> Play:
    """An operator cancels the slot's run, if there is one."""

    def request(actor: Actor) -> Any:
        run = database.rows().filter(job_name=job.name, run_date=slot).first()
        try:
            return run and cancelling.cancel_run(run, actor="operator", reason="not wanted")
        except InFlight as error:
            return error

    return request


def pause(job: Job) -> Play:
    """An operator pauses the job."""
    return lambda actor: pausing.pause(job, actor="operator", comment="", at=timezone.now())


def resume(job: Job) -> Play:
    """An operator resumes the job."""
    return lambda actor: pausing.resume(job, actor="operator", comment="", at=timezone.now())


def work(actor: Actor) -> Any:
    """A worker executes one message, and frees its place on the host."""
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
    """Add a worker that begins when there is a message."""
    return world.add(name, host, work, ready=lambda: bool(world.engine.messages), **named)


def beat(host: Host, times: int = 1) -> Play:
    """The heartbeat of a host, which checks all its running commands."""

    def tick(actor: Actor) -> None:
        for number in range(times):
            if number:
                actor.turn("the heartbeat checks again")
            heartbeat.take_turn()

    return tick


def beats(world: World, name: str, host: Host, times: int = 1) -> Actor:
    """Add a heartbeat that begins when a lease of its host is due for renewal."""
    world.measures_time = True

    def due() -> bool:
        return any(world.elapsed - beat.renewed >= config().renew_seconds for beat in host.beats.values())

    return world.add(name, host, beat(host, times), ready=due)


def claims_without_checks(job: Job, slot: datetime = SLOT, **named: Any) -> Play:
    """A claim by a caller that has read the row but checks nothing: the claim itself must refuse."""

    def claim(actor: Actor) -> Any:
        run = lookup.find(job.name, slot)[0]
        requested = Claim(job, slot, Trigger("http"), **{"begin": True, "options": {}, **named})
        try:
            return runs.claim(requested, run, moment=Moment(timezone.now()))
        except (LostRace, Overlap) as error:
            return error

    return claim


def abandons(actor: Actor) -> Any:
    """A host notices that a process ended silently, and closes the attempt that it did not begin."""
    run, attempt = actor.world.engine.take()
    row = database.rows().get(pk=run)
    lease = Lease(run, attempt, row.job_name, row.run_date, row.tries, {}, timezone.now(), actor.elapsed())
    return runs.abandon(lease, "Its process ended.", moment=Moment(timezone.now()))


def late(write: Callable[[Lease], Any], job: Job, slot: datetime = SLOT) -> Play:
    """A late write of a holder that was `running` at the start and silent since then."""
    return lambda actor: write(Lease(1, 1, job.name, slot, 0, {}, timezone.now(), actor.elapsed()))


def renews(lease: Lease) -> Any:
    """The holder renews its lease."""
    return runs.renew([lease])


def reports_progress(lease: Lease) -> Any:
    """The holder reports its progress."""
    return runs.record_progress(lease, progress=(1, 2), output=(b"", b"", 0))


def ends(lease: Lease) -> Any:
    """The command has succeeded."""
    return _finish(lease, Ending(State.SUCCEEDED, finished_at=lease.started_at))


def fails(lease: Lease) -> Any:
    """The command has failed."""
    return _finish(lease, Ending(State.FAILED, Reason.ERROR, finished_at=lease.started_at))


def _finish(lease: Lease, ending: Ending) -> Any:
    with suppress(LeaseLost):
        return runs.finish(lease, ending, registry.get(lease.job_name), moment=Moment(lease.started_at))


# -- the state at the start -------------------------------------------------------------------


def paused(job: Job, seconds: float, *slots: datetime) -> Callable[[Any], None]:
    """A job is paused for so long, and a backfill has queued these slots."""

    def begin(party: Any) -> None:
        ordered(job, *slots)(party)
        until = party.clock() + timedelta(seconds=seconds)
        pausing.pause(job, actor="operator", comment="", at=party.clock(), until=until)

    return begin


def ordered(job: Job, *slots: datetime) -> Callable[[Any], None]:
    """A backfill has queued these slots."""
    return lambda party: runs.queue(job, slots, Trigger(BACKFILL), at=party.clock(), options={})


def claimed(job: Job, slot: datetime = SLOT) -> Callable[[Any], None]:
    """A caller has claimed the slot, and an engine has its message."""
    return lambda party: _claim(party, job, slot, begin=False)


def running(job: Job, slot: datetime = SLOT) -> Callable[[Any], None]:
    """An inline command runs on a host that is silent."""
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
    """A slot that was claimed on a host without room is queued there."""

    def park(party: Any) -> None:
        runs.park(_claim(party, job, slot, begin=False), moment=Moment(party.clock()))

    return park


def has_message(world: World) -> None:
    """The engine has the message of the attempt that was claimed at the start."""
    world.engine.messages, world.engine.busy = [(1, 1)], 1

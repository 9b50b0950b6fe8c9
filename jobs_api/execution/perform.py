"""Perform one attempt: begin, call_command, finish.

Whatever the command does to its output, its database connection or its process, the result is
written last and from what really happened. Every executor comes here.
"""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import Any

from django.db import DatabaseError, InterfaceError, InternalError, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from jobs_api import database, runs
from jobs_api.arguments import run_command
from jobs_api.clock import Moment
from jobs_api.conf import config
from jobs_api.database.bounds import bounded, elsewhere
from jobs_api.database.leftovers import is_astray, renew
from jobs_api.execution import endings, forks, telling
from jobs_api.execution.capture import capture_process, capturing
from jobs_api.execution.current import CurrentRun, enter, leave
from jobs_api.execution.heartbeat import Beat, heartbeat
from jobs_api.models import Reason, State
from jobs_api.registry.job import Job
from jobs_api.runs import events
from jobs_api.runs.output import Output, Sink
from jobs_api.runs.types import Ending, Lease
from jobs_api.text import loggers

logger = loggers.logger(__name__)


def perform(job: Job, lease: Lease, *, now: datetime | None = None) -> Ending:
    """Run the command of a lease that has begun, and write how it ended.

    Raises:
        LeaseLost: another attempt holds the run by now; nothing was written.
        KeyboardInterrupt, SystemExit: the process is being stopped; that was written.
    """
    with elsewhere():  # the command's statements are its own; what is written after it has time of its own
        return _perform(job, lease, now)


def _perform(job: Job, lease: Lease, now: datetime | None) -> Ending:
    lease = telling.started(lease)
    output = Output(config().output_bytes)
    slot = lease.run_date.astimezone(job.slots.zone)
    current = CurrentRun(job_name=job.name, run_date=slot, attempt=lease.attempt, timeout=job.timeout)
    before = _transactions()
    with heartbeat.watching(Beat(lease, current, output)):
        with _noting_use() as used, forks.inside():
            ending, stopping = call(job, lease, current, output)
        _settle_connections(before, used)
        moment = lease.now(now)
        ending = dataclasses.replace(
            ending,
            finished_at=moment.at,
            progress=(current.done, current.total),
            output=output.parts(),
        )
        try:
            ending = write_end(job, lease, ending, moment)
        finally:
            if stopping:
                raise stopping
    return ending


def call(
    job: Job, lease: Lease, current: CurrentRun, output: Sink, *, whole_process: bool = False
) -> tuple[Ending, BaseException | None]:
    """Call the command; returns how it ended, and what stops this process, if that is why.

    Args:
        whole_process: what other threads write is the run's, too.
    """
    stopping, here = None, 0 if whole_process else os.getpid()
    token = enter(current)
    with capturing(output) as stream:
        if whole_process:
            capture_process(stream)
        try:
            run_command(job, lease.options, stream)
            forks.stay(here)
            ending = Ending(State.SUCCEEDED)
        except BaseException as error:  # noqa: BLE001 - recorded here, and raised again if it is the process that stops
            forks.stay(here, error)
            # In a process of the command's own nobody else raises: what stops that one is a RunStopped.
            stopping = error if not whole_process and endings.stops_the_process(error) else None
            ending = endings.of(error, stream, stopping=stopping is not None)
        finally:
            leave(token)
    if current.overdue and ending.reason != Reason.INTERRUPTED:
        ending = Ending(State.FAILED, Reason.TIMEOUT, f"It took longer than {job.timeout:g} s.")
    return ending, stopping


# -- the result is written whatever the command left behind -----------------------------------


def _transactions() -> dict[str, bool]:
    """Which connections are in a transaction already: in a test, all of them."""
    return {conn.alias: conn.in_atomic_block for conn in connections.all(initialized_only=True)}


@contextmanager
def _noting_use() -> Iterator[set[str]]:
    """Which connections the command sends statements through."""
    used: set[str] = set()

    def note(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        used.add(context["connection"].alias)
        return execute(sql, params, many, context)

    with ExitStack() as stack:
        for conn in connections.all():
            stack.enter_context(conn.execute_wrapper(note))
        yield used


def _settle_connections(before: dict[str, bool], used: set[str]) -> None:
    """Renew every connection that the command has used or meddled with.

    What it may have left there has no end: a transaction, a role, a search path, a closed socket.
    The result, and the next request in this thread, get one without a past.
    """
    for conn in connections.all(initialized_only=True):
        if before.get(conn.alias) or conn.connection is None:
            continue
        astray = is_astray(conn)
        if not astray and conn.alias not in used:  # as most are: nothing to ask of the database
            continue
        with bounded(using=conn.alias, on_server=False):
            if astray or not _reset_session(conn):
                renew(conn)


def _reset_session(conn: BaseDatabaseWrapper) -> bool:
    """Let a sound PostgreSQL session forget what was set in it: a fortieth of what a new one takes.

    Then it is set up as a new one is, by Django and by the host's receivers.
    """
    if conn.vendor != "postgresql":
        return False
    try:
        with conn.cursor() as cursor:
            cursor.execute("DISCARD ALL")
        conn.init_connection_state()
        if getattr(conn, "pool", None):  # Django sets one of a pool up when it is made, and not again
            conn._configure_connection(conn.connection)  # type: ignore[attr-defined]
        connection_created.send(sender=type(conn), connection=conn)
    except (DatabaseError, InterfaceError):
        return False
    return True


def write_end(job: Job, lease: Lease, ending: Ending, moment: Moment) -> Ending:
    """Finish, through a database that comes and goes; at most as long as a lease lasts.

    Returns the end as it was written, see `runs.finish`.

    Raises:
        LeaseLost: see `runs.finish`.
        DatabaseError: it never took it; the lease decides.
    """
    give_up = time.monotonic() + config().lease_seconds
    pause, again = 0.05, False
    while True:
        try:
            with bounded():
                if again:
                    renew(connections[database.alias()])
                # Written, perhaps, by an answer that did not come through.
                written = _written(lease, ending) if again else None
                written = written or runs.finish(lease, ending, job, moment=moment)
            break
        except (DatabaseError, InterfaceError) as error:
            passes = isinstance(error, (OperationalError, InterfaceError, InternalError))
            if time.monotonic() > give_up or _transactions().get(database.alias()) or (again and not passes):
                raise
            logger.warning(
                "Run %s: its result could not be written; trying again.", lease.run_id, exc_info=True
            )
        time.sleep(pause)
        pause, again = min(pause * 2, 2), True
    events.finished(lease, written)
    return written


def _written(lease: Lease, ending: Ending) -> Ending | None:
    """The end of this attempt, if it is written: as it was to be, or as a cancel made it."""
    ours = database.rows().filter(pk=lease.run_id, attempt=lease.attempt, finished_at=ending.finished_at)
    found = ours.filter(state__in=(ending.state, State.CANCELLED)).values_list("state", "reason").first()
    return found and dataclasses.replace(ending, state=found[0], reason=found[1])

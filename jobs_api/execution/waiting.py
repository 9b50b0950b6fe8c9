"""Requests that wait for a run: each blocks on an event, one thread per process looks for them all.

A look is one statement however many wait, at most three times a second. Who waits holds no
database connection; a locked or lost database is asked again at the next look.
"""

from __future__ import annotations

import dataclasses
import os
import threading
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.db import DatabaseError, InterfaceError, connections
from django.db.models import Q

from jobs_api import clock, database
from jobs_api.database.bounds import bounded, elsewhere
from jobs_api.execution import drain
from jobs_api.execution.heartbeat import heartbeat
from jobs_api.models import IN_FLIGHT, State
from jobs_api.text import loggers

logger = loggers.logger(__name__)

LOOK_EVERY = 0.34


@dataclasses.dataclass(frozen=True, eq=False, slots=True)
class Watch:
    """One who waits until a run is no longer what it was seen to be."""

    run_id: int
    attempt: int
    queued: bool
    """Seen waiting for a claim; else seen claimed or running."""
    now: datetime | None = None
    """For tests; the database's clock tells whether the lease is over where it is None."""
    woken: threading.Event = dataclasses.field(default_factory=threading.Event)

    @property
    def seen(self) -> tuple[Any, ...]:
        """What a look compares."""
        return self.run_id, self.attempt, self.queued, self.now


class Waiters:
    """All who wait in this process; the thread that looks is there while there are any."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """As in a fresh process: a fork copies neither the threads nor who would release the lock."""
        self._watches: set[Watch] = set()
        self._thread: threading.Thread | None = None
        self._changed = threading.Condition()

    def wait(self, watch: Watch, seconds: float) -> None:
        """Return when the run has changed, its lease is over, this process drains, or after so long.

        This thread's database connections are closed first, but for those in a transaction.
        """
        _close_connections()
        try:
            with self._changed, suppress(RuntimeError):  # where no thread can start, it waits all its time
                self._watches.add(watch)
                self._start_if_needed()
            with elsewhere():
                watch.woken.wait(min(max(seconds, 0), threading.TIMEOUT_MAX))
        finally:
            with self._changed:
                self._watches.discard(watch)
                self._changed.notify_all()

    def wake(self, run: int, **fields: Any) -> None:
        """Let those who wait for this run look again now: receives `attempt_finished`."""
        for watch in list(self._watches):
            if watch.run_id == run:
                watch.woken.set()

    def _start_if_needed(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="jobs_api-waiting", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        answers = True
        try:
            while self._pause():
                answers = self._look(quiet=not answers)
        finally:
            connections.close_all()

    def _pause(self) -> bool:
        """Sleep until the next look; False ends the thread, as nobody waits any more."""
        with self._changed:
            if self._changed.wait_for(lambda: not self._watches, timeout=LOOK_EVERY):
                self._thread = None
            return bool(self._watches)

    def _look(self, *, quiet: bool) -> bool:
        """Wake whoever waits for something that has changed; False if the database did not answer."""
        watches = list(self._watches)
        try:
            with bounded():
                standing = set() if drain.draining() else _standing(watches)
        except (DatabaseError, InterfaceError):
            if not quiet:  # once for each time that it is away
                logger.warning("The database does not tell what is waited for; asking on.", exc_info=True)
            connections.close_all()
            return False
        for watch in watches:
            if watch.seen not in standing:
                watch.woken.set()
        return True


def _standing(watches: Iterable[Watch]) -> set[tuple[Any, ...]]:
    """What is still as it was seen: one statement, as only tests pass a `now`."""
    runs = database.rows().filter(pk__in={watch.run_id for watch in watches}, state__in=IN_FLIGHT)
    return {
        (pk, attempt, state == State.QUEUED, now)
        for now in {watch.now for watch in watches}
        for pk, attempt, state, over in runs.annotate(
            over=Q(lease_expires_at__lt=clock.expression(now))
        ).values_list("pk", "attempt", "state", "over")
        # One that lives in this process is not lost, however late its heartbeat comes through.
        if not over or heartbeat.holds(pk, attempt)
    }


def _close_connections() -> None:
    """Close this thread's connections; one in a transaction, as in Django's TestCase, is needed still."""
    for conn in connections.all(initialized_only=True):
        if conn.connection is not None and conn.autocommit:  # in a transaction it is off
            conn.close()


waiters = Waiters()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=waiters.forget)

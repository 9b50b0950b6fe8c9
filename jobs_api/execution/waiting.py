"""Requests that wait for a run: each blocks on an event, and one thread per process checks all of their runs.

A check is one statement for any number of requests, at most three times a second. A waiting request holds a
thread but no database connection. If the database is locked or lost, the next check tries again.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.db.models import Q

from jobs_api import clock, database
from jobs_api.database.bounds import bounded, elsewhere
from jobs_api.execution import drain
from jobs_api.execution.background import BackgroundThread
from jobs_api.execution.connections import close_idle
from jobs_api.execution.heartbeat import heartbeat
from jobs_api.models import IN_FLIGHT, State

LOOK_EVERY = 0.34


@dataclasses.dataclass(frozen=True, eq=False, slots=True)
class Watch:
    """A request that waits until a run has changed."""

    run_id: int
    attempt: int
    queued: bool
    """Whether the run was waiting for a claim; otherwise it was claimed or running."""
    now: datetime | None = None
    """For tests; None means that the database's clock decides whether the lease is over."""
    woken: threading.Event = dataclasses.field(default_factory=threading.Event)

    @property
    def seen(self) -> tuple[Any, ...]:
        """The values that a check compares."""
        return self.run_id, self.attempt, self.queued, self.now


class Waiters(BackgroundThread):
    """All waiting requests of this process; the checking thread exists while there are any."""

    name = "jobs_api-waiting"
    task = "The look at what requests wait for"

    def needed(self) -> bool:
        """Whether any request waits."""
        return bool(self._watches)

    def pause(self) -> float:
        """Until the next look."""
        return LOOK_EVERY

    def clear(self) -> None:
        """Drop all requests: none of them waits in a forked process."""
        self._watches: set[Watch] = set()

    def turn(self) -> None:
        """Wake the requests whose run has changed."""
        watches = list(self._watches)
        with bounded():
            standing = set() if drain.draining() else _standing(watches)
        for watch in watches:
            if watch.seen not in standing:
                watch.woken.set()

    def wait(self, watch: Watch, seconds: float) -> None:
        """Return when the run has changed, its lease is over, this process drains, or the time is over.

        First close this thread's database connections, except those in a transaction.
        """
        close_idle()
        try:
            with self.lock:
                with suppress(RuntimeError):  # if no thread can start, it waits for its whole time
                    self.start()
                self._watches.add(watch)
            with elsewhere():
                watch.woken.wait(min(max(seconds, 0), threading.TIMEOUT_MAX))
        finally:
            with self.lock:
                self._watches.discard(watch)
                self.changed.notify_all()

    def wake(self, run: int, **fields: Any) -> None:
        """Let the requests that wait for this run check it now: receives `attempt_finished`."""
        for watch in list(self._watches):
            if watch.run_id == run:
                watch.woken.set()


def _standing(watches: Iterable[Watch]) -> set[tuple[Any, ...]]:
    """What is still as it was seen: one statement, as only tests pass a `now`."""
    runs = database.rows().filter(pk__in={watch.run_id for watch in watches}, state__in=IN_FLIGHT)
    return {
        (pk, attempt, state == State.QUEUED, now)
        for now in {watch.now for watch in watches}
        for pk, attempt, state, over in runs.annotate(
            over=Q(lease_expires_at__lt=clock.expression(now))
        ).values_list("pk", "attempt", "state", "over")
        # A run that lives in this process is not lost, however late its heartbeat is.
        if not over or heartbeat.holds(pk, attempt)
    }


waiters = Waiters()

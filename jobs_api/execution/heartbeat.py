"""One thread per process renews the leases of all its runs, in one statement.

It also stores their output and progress, and notices that a cancel was requested or that the
lease is gone. A run shorter than `STORE_AFTER` costs no statement here, and a silent one only renewals.
It has its own database connection; a locked or lost database is tried again, and is never taken for a lost
lease.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db.models import Q

from jobs_api import database, runs
from jobs_api.conf import config
from jobs_api.database.bounds import bounded
from jobs_api.execution import drain, file_locks
from jobs_api.execution.background import BackgroundThread
from jobs_api.execution.current import CurrentRun
from jobs_api.models import HELD
from jobs_api.runs.output import Output
from jobs_api.runs.types import Lease

TICK = 0.5
LOOK_EVERY = 5.0
"""Seconds until a cancel is noticed."""
STORE_AFTER = 1.0
"""Seconds from when new output or progress is noticed until it is stored: with a tick before it, and a while
for the database, others read what was written two seconds ago."""


class Beat:
    """A run that is alive in this process."""

    def __init__(self, lease: Lease, run: CurrentRun, output: Output) -> None:
        self.lease, self.run, self.output = lease, run, output
        self.looked = time.monotonic()
        self.renewed = lease.sent_at
        if file_locks.apply():
            run.held_for = lambda: file_locks.held_for(lease)
        self.reported: tuple[int, object, object] = (0, None, None)
        """The part of its report that is stored."""
        self.noticed: float | None = None
        """When it was noticed that there is more."""

    @property
    def key(self) -> tuple[int, int]:
        """The run's id and the attempt's number."""
        return self.lease.run_id, self.lease.attempt

    @property
    def renewed(self) -> float:
        """When the newest successful renewal was sent: the lease lasts from there."""
        return self._renewed

    @renewed.setter
    def renewed(self, sent: float) -> None:
        self._renewed = sent
        self.run.held_until = sent + config().lease_seconds

    @property
    def renewable(self) -> bool:
        """Whether its time is not over and, as far as it knows, its lease is not lost."""
        return not self.run.overdue and self.run.stopped != "lost"

    @property
    def holds(self) -> bool:
        """Whether it is also certain, by this process's clock, that no other process can have taken it.

        On SQLite a lock may block the heartbeat, and with it every process that could take the lease.
        """
        return self.renewable and (self.run.holds or self.run.held_for is not None)

    def report(self) -> tuple[int, object, object]:
        """Changes whenever there is something new to store."""
        return self.output.size, self.run.done, self.run.total

    def waits(self, now: float) -> float:
        """For how many seconds something new has waited to be stored; 0 if there is nothing."""
        if self.report() == self.reported:
            self.noticed = None
            return 0
        self.noticed = now if self.noticed is None else self.noticed
        return now - self.noticed

    def store(self) -> None:
        """Store what is new: one statement."""
        report, progress = self.report(), (self.run.done, self.run.total)
        runs.record_progress(
            self.lease, progress=progress, output=self.output.parts(), stored=self.reported[0]
        )
        self.reported, self.noticed = report, None


class Heartbeat(BackgroundThread):
    """The thread that renews leases; it ends a minute after the last one."""

    name = "jobs_api-heartbeat"
    task = "The heartbeat"
    real = forks_beside = True
    linger = 120

    def needed(self) -> bool:
        """Whether a run lives in this process."""
        return bool(self._beats)

    def pause(self) -> float:
        """How often it checks the clock; the settings define how often a lease is renewed."""
        return min(TICK, config().renew_seconds / 4)

    def clear(self) -> None:
        """Drop all runs: none of them lives in a forked process."""
        self._beats: dict[tuple[int, int], Beat] = {}

    def turn(self) -> None:
        """Do everything that is due, for all runs."""
        beats, now = list(self._beats.values()), time.monotonic()
        if drain.over():
            for beat in beats:
                beat.run.stop("interrupted")
        # A lease leaves time for more than one try.
        with bounded(seconds=min(config().database_seconds, config().lease_seconds / 3)):
            self._ask(beats, now)

    @contextmanager
    def watching(self, beat: Beat) -> Iterator[Beat]:
        """Keep this run's lease alive in this context."""
        with self.lock:
            self.start()
            self._beats[beat.key] = beat
        try:
            yield beat
        finally:
            with self.lock:
                self._beats.pop(beat.key, None)

    def holds(self, run_id: int, attempt: int) -> bool:
        """Whether this attempt lives in this process, has time left, and its lease is not over."""
        beat = self._beats.get((run_id, attempt))
        return beat is not None and beat.holds

    def attempts(self) -> list[tuple[int, int]]:
        """Run and number of the attempts that live in this process and hold their lease."""
        return [beat.key for beat in list(self._beats.values()) if beat.holds]

    def alive(self) -> Q:
        """The attempts that live here: do not reap them, however late their heartbeat is."""
        mine = Q(pk__in=[])
        for run_id, attempt in self.attempts():
            mine |= Q(pk=run_id, attempt=attempt)
        return mine

    def _ask(self, beats: list[Beat], now: float) -> None:
        self._renew([beat for beat in beats if now - beat.renewed >= config().renew_seconds])
        self._look([beat for beat in beats if now - beat.looked >= min(LOOK_EVERY, config().renew_seconds)])
        waiting = {beat: waits for beat in beats if (waits := beat.waits(now)) >= STORE_AFTER}
        for beat in sorted(
            waiting, key=waiting.__getitem__, reverse=True
        ):  # if time runs out, others are next
            beat.store()

    def _renew(self, due: list[Beat]) -> None:
        # After its timeout a run is not renewed: an inline command cannot be killed, so its lease must end.
        due = [beat for beat in due if beat.renewable]
        if not due:
            return
        sent = time.monotonic()
        if runs.renew(beat.lease for beat in due) < len(due):  # some are lost: find out which
            self._look(due)
        for beat in due:
            if beat.renewable:
                beat.renewed = sent

    def _look(self, due: list[Beat]) -> None:
        if not due:
            return
        found = database.rows().filter(pk__in=[beat.lease.run_id for beat in due], state__in=HELD)
        standing = {
            (pk, attempt): cancel_requested
            for pk, attempt, cancel_requested in found.values_list("pk", "attempt", "cancel_requested_at")
        }
        for beat in due:
            beat.looked = time.monotonic()
            if beat.key not in standing:
                beat.run.stop("lost")
            elif standing[beat.key]:
                beat.run.stop("cancelled")


heartbeat = Heartbeat()

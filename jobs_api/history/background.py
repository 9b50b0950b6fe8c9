"""The thread of the roll-up. Nothing here runs in a trigger: that an attempt has ended is only noted."""

from __future__ import annotations

import os
import time
from collections import deque
from datetime import datetime
from typing import Any

from django.db import connections

from jobs_api import clock
from jobs_api.database import alias
from jobs_api.database.bounds import bounded
from jobs_api.execution import drain, process_end
from jobs_api.execution.background import BackgroundThread
from jobs_api.execution.connections import close_idle
from jobs_api.in_tests import kept_in
from jobs_api.text import loggers, one_line

logger = loggers.logger(__name__)

SOON, AGAIN = 15.0, 5.0
"""Seconds from an event to the turn, and from one turn to the next while there is more to count."""
LOOKS = 3600.0
"""A process looks at least so often whether another one has left something, if anything happens in it."""
NOTED = 10_000
"""So many changes are noted between two turns; of more than that, the last days are counted again anyway."""
LAST_SECONDS = 1.0
"""How long it may take at the end of a process that was started for one command."""


class Roller(BackgroundThread):
    """Marks the days that have changed, and counts those that have ended."""

    name = "jobs_api-history"
    task = "The roll-up of days"

    def needed(self) -> bool:
        """Whether something has happened since."""
        return self._asked

    def pause(self) -> float:
        """The seconds until the turn."""
        return AGAIN if self._more else SOON

    def clear(self) -> None:
        """What was noted in the process that has forked this one, that one marks."""
        self._asked = self._more = False
        self._changes: deque[tuple[str, datetime]] = deque(maxlen=NOTED)
        self._looks_at = float("-inf")

    def wake(self, change: tuple[str, datetime] | None = None) -> None:
        """Something has happened; takes no time, and raises nothing."""
        if change is not None:
            self._changes.append(change)
        thread = self.thread
        if self._asked and self._pid == os.getpid() and thread is not None and thread.is_alive():
            return
        with self.lock:
            try:
                self.start()
            except RuntimeError as error:
                logger.debug("No thread can start; the next event may start one: %s", error)
            self._asked = True

    def turn(self) -> None:
        """Mark, and count for a moment; go on as long as there is more."""
        with self.lock:
            self._asked = False
        again = True
        try:
            again = self._more = self.look()
        finally:
            with self.lock:
                self._asked |= again
        close_idle()

    def look(self, *, seconds: float | None = None) -> bool:
        """Mark the days that have changed, and count if it is time; returns whether there is more.

        Most often no day has changed and none has ended: then it sends no statement.

        Args:
            seconds: how long it may take at most, at the end of a process.
        """
        changes = self._take()
        if changes:
            self._mark(changes, seconds)
        if time.monotonic() < self._looks_at:
            return False
        self._looks_at = time.monotonic() + LOOKS
        try:
            return self._roll(seconds)
        except BaseException:
            self._looks_at = float("-inf")
            raise

    def _take(self) -> list[tuple[str, datetime]]:
        taken: list[tuple[str, datetime]] = []
        while self._changes:
            taken.append(self._changes.popleft())
        return taken

    def _mark(self, changes: list[tuple[str, datetime]], seconds: float | None) -> None:
        from jobs_api.history import stale  # here: a process may end without

        try:
            with bounded(seconds=seconds):
                marked = stale.mark(set(changes), clock.estimate())
        except BaseException:
            self._changes.extend(changes)
            raise
        if marked:
            self._looks_at = float("-inf")

    def _roll(self, seconds: float | None) -> bool:
        from jobs_api.history.rolling import SECONDS, roll_up

        done = roll_up(seconds=SECONDS if seconds is None else seconds / 2, waits=seconds)
        if done.more:
            self._looks_at = float("-inf")
        elif done.next_at is not None:
            wait = max((done.next_at - done.at).total_seconds(), SOON)
            self._looks_at = time.monotonic() + min(wait, LOOKS)
        return done.more


roller = Roller()
_woken_in: dict[int, str] = {}
"""By the id of a process, in which database something has happened: tests may have one that is gone."""


def changed(job: str, run_date: datetime, **_: Any) -> None:
    """A run has ended, or was cancelled: receives our signals."""
    _wake((job, run_date))


def called() -> None:
    """Somebody has called, and that was written."""
    _wake(None)


def _wake(change: tuple[str, datetime] | None) -> None:
    if kept_in():
        return
    roller.wake(change)
    if os.getpid() not in _woken_in:
        _woken_in[os.getpid()] = _database()
        process_end.do_before(at_end)


def _database() -> str:
    return str(connections[alias()].settings_dict["NAME"])


def at_end() -> None:
    """Mark and count at the end of a process: in a second at most. What is left, the next process does."""
    if not roller.needed() or drain.draining() or _woken_in.get(os.getpid()) != _database():
        return
    try:
        roller.look(seconds=process_end.seconds_left(LAST_SECONDS))
    except Exception as error:  # noqa: BLE001 - the next process finds the same, and cron should not mail that
        logger.debug("Days could not be counted at the end: %s", one_line(str(error)))
    finally:
        connections.close_all()

"""Sends check-ins to one monitor, in order, by a thread of its own: a monitor that hangs delays no other.

They wait in memory: a check-in is worth something now or never, and the monitor itself notices what is
missing. What it does not take is tried a few times, then given up, counted and shown.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections import deque

from django.db import connections

from jobs_api import registry
from jobs_api.check_ins import deciding, monitors
from jobs_api.check_ins.monitor import MonitorError
from jobs_api.check_ins.notes import Note
from jobs_api.check_ins.settings import Entry
from jobs_api.check_ins.tally import Tally
from jobs_api.conf import config
from jobs_api.execution import process_end
from jobs_api.execution.background import BackgroundThread
from jobs_api.text import loggers

logger = loggers.logger(__name__)

MOST = 200
"""How many check-ins wait; of more, the oldest are given up."""
OLDEST = 300.0
"""Seconds after which a check-in says nothing any more: it could be taken for a later slot."""
SECONDS = 5.0
"""For one request."""
SOON = 0.2
"""Seconds before the first is sent: the process of an attempt forks meanwhile, and should do so alone."""
BACK_OFF = (1.0, 4.0)
"""Seconds before each further try. While a monitor is known to fail, there is one try only."""
HURRY = 0.3
"""The same when the process is about to end."""


class Outbox(BackgroundThread):
    """What one monitor has still to hear from this process."""

    name = "jobs_api-check-ins"
    task = "The sending of check-ins"

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        self.monitor = monitors.load(entry.name)
        super().__init__()

    def clear(self) -> None:
        """What waits in the process that has forked this one, that one sends."""
        self.queue: deque[Note] = deque()
        self.tally = Tally(self.entry.name)
        self._tries, self._not_before = 0, 0.0
        self._idle = self._hurries = False
        self._spoke = False
        """Whether it has told something since this process began."""
        self._hears: dict[str, bool] = {}

    def add(self, note: Note) -> None:
        """Let a note wait, if it is of a job that this monitor hears of; called on the attempt's way."""
        if not self._hears_of(note.job):
            return
        with self.lock:
            if not self.queue:
                self._not_before = time.monotonic() + SOON
            try:
                self.start()
            except RuntimeError:  # no thread can start: it is sent when the process ends, or by a later start
                logger.debug("No thread can start for check-ins.")
            if len(self.queue) >= MOST:
                self.queue.popleft()
                self._tries = 0
                self.tally.failed(f"more than {MOST} check-ins wait")
            self.queue.append(note)
            self.changed.notify_all()

    def _hears_of(self, name: str) -> bool:
        if name not in self._hears:
            job = registry.find(name)
            self._hears[name] = job is not None and self.entry.wants(job)
        return self._hears[name]

    # -- the thread -------------------------------------------------------------------------------

    def needed(self) -> bool:
        """Whether something waits, or has to be written about what was sent."""
        return bool(self.queue or self.tally.unwritten)

    def pause(self) -> float:
        """The seconds until the next try."""
        self._idle = not self.queue
        return self.tally.due_in if self._idle else max(self._not_before - time.monotonic(), 0)

    def urgent(self) -> bool:
        """Whether something came while it slept until it may write; or the process ends, and it may try."""
        return bool(self.queue) and (self._idle or (self._hurries and time.monotonic() >= self._not_before))

    def turn(self) -> None:
        """Try the first one."""
        with self.lock:
            note = self.queue[0] if self.queue else None
        if note is not None and time.monotonic() >= self._not_before:
            self._try(note)
        self.tally.write()
        if threading.current_thread() is self.thread:
            connections.close_all()  # it may sleep for a minute now, or wait for a monitor

    def _try(self, note: Note) -> None:
        error = self._told(note)
        if error is None:
            self._next(note)
        elif error.again and self._tries < (0 if self.tally.failing else len(BACK_OFF)):
            wait = HURRY if self._hurries else BACK_OFF[self._tries]
            self._tries, self._not_before = self._tries + 1, time.monotonic() + max(error.after, wait)
        else:
            self.tally.failed(str(error))
            self._next(note)

    def _next(self, note: Note) -> None:
        """Go on after this one, unless it was given up meanwhile."""
        with self.changed:
            if self.queue and self.queue[0] is note:
                self.queue.popleft()
                self._tries, self._not_before = 0, 0.0
            self.changed.notify_all()

    def _told(self, note: Note) -> MonitorError | None:
        """Tell the monitor, if it has to hear of this; the error if it did not take it."""
        if time.monotonic() - note.noted > OLDEST:
            return MonitorError(f"a check-in waited for more than {OLDEST:.0f} s")
        try:
            if not self._tell(note):
                return None
        except MonitorError as error:
            return error
        except Exception as error:  # noqa: BLE001 - a library's, or ours: the others are sent all the same
            where = traceback.extract_tb(error.__traceback__)[-1]  # its own text may quote a key
            return MonitorError(f"{type(error).__name__} was raised by {where.name}(), line {where.lineno}")
        self.tally.succeeded()
        self._spoke = True
        return None

    def _tell(self, note: Note) -> bool:
        check_in = deciding.check_in(note, self.entry)
        if check_in is None or self.monitor is None:
            return False
        for name in self.monitor.required:
            if not self.entry.options.get(name):
                raise MonitorError(f"it has no {name}")
        send = self.monitor.begin if note.finished_at is None else self.monitor.end
        usual = min(SECONDS, config().lease_seconds / 3)  # a thread that is busy for a lease is replaced
        send(check_in, self.entry.options, seconds=process_end.seconds_left(usual))
        return True

    # -- the end of the process -------------------------------------------------------------------

    def finish(self) -> None:
        """Send what waits, in the time that is left; then count what is not sent."""
        with self.changed:
            self._hurries, self._not_before = True, 0.0
            self.changed.notify_all()
        try:
            self._wait_until_sent(time.monotonic() + process_end.seconds_left(process_end.SECONDS))
        finally:
            self._hurries = False
        if left := len(self.queue):
            self.queue.clear()
            self.tally.failed("the process ended before it could be told", times=left)
        if self.monitor is not None and self._spoke:
            self.monitor.flush(seconds=process_end.seconds_left(SECONDS))
        self.tally.write(now=True)
        with self.changed:
            self.changed.notify_all()  # nothing is left to do

    def _wait_until_sent(self, ends: float) -> None:
        while self.queue and time.monotonic() < ends:
            if self.thread is not None and self.thread.is_alive():
                with self.changed:
                    self.changed.wait_for(lambda: not self.queue, timeout=0.1)
            elif self.pause():
                time.sleep(min(self.pause(), 0.1))
            else:
                self.take_turn()

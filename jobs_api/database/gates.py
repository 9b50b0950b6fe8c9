"""Once a request has waited for the database without success, refuse the next ones at once.

Otherwise every thread of a server would wait its ten seconds, and none would be free to answer that the
process is alive. One request at a time tests whether the database answers again. Its first statement that
succeeds opens the gate for all others.
"""

from __future__ import annotations

import os
import time

from jobs_api import threads


class Gate:
    """Closed from a wait without success until a statement succeeds."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Reset to open, as in a new process."""
        self._lock = threads.lock()
        self._closed = False
        self._probe: object | None = None
        self._passed_at = 0.0

    @property
    def is_open(self) -> bool:
        """Whether every request is admitted."""
        return not self._closed

    def admits(self, who: object) -> bool:
        """Whether this request may use the database: while the gate is closed, one at a time."""
        if not self._closed:
            return True
        with self._lock:
            if self._closed and self._probe is None:
                self._probe = who
            return not self._closed or self._probe is who

    def passed(self) -> None:
        """A statement on our tables succeeded."""
        self._passed_at = time.monotonic()
        if self._closed:
            with self._lock:
                self._closed, self._probe = False, None

    def timed_out(self, since: float) -> None:
        """The time of a request is over. Close the gate, unless another statement succeeded meanwhile."""
        with self._lock:
            self._closed = self._closed or self._passed_at < since

    def leave(self, who: object) -> None:
        """This request no longer waits; the next one may test the database."""
        if self._probe is who:
            with self._lock:
                if self._probe is who:
                    self._probe = None


READS, WRITES = Gate(), Gate()
"""Separate, because a locked SQLite, or a PostgreSQL table locked against writes, still answers readers."""
GATES = (READS, WRITES)


def forget() -> None:
    """Reset all gates to open."""
    for gate in GATES:
        gate.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=forget)

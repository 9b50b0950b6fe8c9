"""When the database has let somebody wait in vain, the next do not wait: they are refused at once.

Else each of a server's threads would wait its ten seconds in turn, and none would be left to say that the
process lives. One at a time tries whether the database answers again; its first statement that comes
through lets all others pass.
"""

from __future__ import annotations

import os
import threading
import time


class Gate:
    """Closed from when somebody waited in vain until a statement comes through."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Open, as in a fresh process."""
        self._lock = threading.Lock()
        self._closed = False
        self._probe: object | None = None
        self._passed_at = 0.0

    @property
    def is_open(self) -> bool:
        """Whether all are admitted."""
        return not self._closed

    def admits(self, who: object) -> bool:
        """Whether this one may ask the database: while it is closed, one at a time."""
        if not self._closed:
            return True
        with self._lock:
            if self._closed and self._probe is None:
                self._probe = who
            return not self._closed or self._probe is who

    def passed(self) -> None:
        """A statement on the runs came through."""
        self._passed_at = time.monotonic()
        if self._closed:
            with self._lock:
                self._closed, self._probe = False, None

    def waited_in_vain(self, since: float) -> None:
        """Somebody's time was over; nothing is wrong for all if others came through meanwhile."""
        with self._lock:
            self._closed = self._closed or self._passed_at < since

    def leave(self, who: object) -> None:
        """Whoever that is waits no more, and lets the next one try."""
        if self._probe is who:
            with self._lock:
                if self._probe is who:
                    self._probe = None


READS, WRITES = Gate(), Gate()
"""Apart: a locked SQLite answers readers, and so does a PostgreSQL table that is locked against writes."""
GATES = (READS, WRITES)


def forget() -> None:
    """Open all."""
    for gate in GATES:
        gate.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=forget)

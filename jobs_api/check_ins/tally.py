"""How the check-ins of this process go to one monitor, and when that has to be written."""

from __future__ import annotations

import threading
import time

from jobs_api import database
from jobs_api.check_ins import standing
from jobs_api.database.bounds import bounded
from jobs_api.exceptions import DatabaseBusy
from jobs_api.text import loggers

logger = loggers.logger("jobs_api.check_ins")

DATABASE_SECONDS = 2.0


class Tally:
    """Counts what was given up since that was last written; logs when a monitor begins to fail or ceases."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.failing = False
        self._lost, self._why, self._took = 0, "", False
        self._news = False
        """Whether it began to fail, or took its first check-in since: that is written at once."""
        self._may_write_at = 0.0
        self._writing = threading.Lock()
        """The thread and the end of the process may write at once, and should not count twice."""

    def succeeded(self) -> None:
        """It took a check-in."""
        self._news |= self.failing or not self._may_write_at
        if self.failing:
            logger.info("%s takes check-ins again.", self._name)
        self.failing, self._lost, self._took = False, 0, True

    def failed(self, why: str, *, times: int = 1) -> None:
        """So many check-ins were given up."""
        if not self.failing:
            logger.warning("%s takes no check-ins: %s. The jobs go on.", self._name, why)
        self._news |= not self.failing
        self.failing, self._took = True, False
        self._lost, self._why = self._lost + times, why

    @property
    def unwritten(self) -> bool:
        """Whether there is something to write: a success now or not at all, what was given up also later."""
        return bool(self._lost or (self._took and not self.due_in))

    @property
    def due_in(self) -> float:
        """The seconds until it may be written."""
        return 0.0 if self._news else max(self._may_write_at - time.monotonic(), 0)

    def write(self, *, now: bool = False) -> None:
        """Write it if it is due; where the database cannot take it, it is tried again in a minute."""
        with self._writing:
            if self.unwritten and (now or not self.due_in):
                self._try_to_write()

    def _try_to_write(self) -> None:
        self._may_write_at, self._news = time.monotonic() + standing.WRITE_EVERY.total_seconds(), False
        try:
            with bounded(seconds=DATABASE_SECONDS):
                self._write()
        except (*database.ERRORS, DatabaseBusy) as error:
            logger.debug("How check-ins go could not be written: %s", error)
        else:
            self._lost, self._took = 0, False

    def _write(self) -> None:
        at = database.guess()
        if self._took:
            standing.succeeded(self._name, at=at)
        else:
            standing.failed(self._name, self._why, times=self._lost, at=at)

"""The roll-up: days that have ended are counted from their runs, and stay when the runs are pruned.

Any process does it, one at a time, in turns of about a second at most: a turn that has not come to the end is
followed by another. What is counted is exact, and counting it again changes nothing. See
docs/decisions/roll-up.md.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import NamedTuple

from jobs_api import database, registry
from jobs_api.database import alias
from jobs_api.database.bounds import afresh, bounded, elsewhere
from jobs_api.history import stale
from jobs_api.history.calendar import DAY
from jobs_api.history.keeping import Lost, keep, write
from jobs_api.history.progress import (
    NAME,
    Piece,
    Span,
    counted_at,
    floors,
    newest_ended,
    next_piece,
    oldest_kept,
)
from jobs_api.models import JobHistory
from jobs_api.monitoring import turns
from jobs_api.monitoring.turns import Turn
from jobs_api.registry.job import Job
from jobs_api.runs.job_state import Standing, standings

SECONDS = 0.7
"""Then the piece in hand is finished, which takes a fraction of a second."""
EVERY, GIVEN_UP = timedelta(seconds=4), timedelta(minutes=2)
WAITS = 0.2
"""Seconds between two looks whether another process has ended its turn."""
NOTED_WITHIN = 1.0
"""How many seconds it may take to note that it went wrong."""


class Rolled(NamedTuple):
    """What a turn has done."""

    pieces: int
    more: bool
    """Whether there is more to count now."""
    next_at: datetime | None
    """When the next day will have ended; None: there are no jobs."""
    at: datetime
    """What time it was, by the database's clock."""


def roll_up(*, now: datetime | None = None, seconds: float = SECONDS, waits: float | None = None) -> Rolled:
    """Count what is to be counted, for so many seconds; where there is nothing, nothing is written.

    Args:
        now: for tests; None is the database's clock.
        waits: how many seconds it may wait for the database in total; None is the setting.

    Raises:
        DatabaseError: the database is away; nothing is lost.
    """
    until = time.monotonic() + seconds
    with bounded(seconds=waits):
        work = _found(now)
        if not work.is_left():
            turns.recover(NAME)
            return work.rolled(0)
        turn = turns.take(NAME, work.at, every=EVERY, given_up=GIVEN_UP)
        if isinstance(turn, datetime):  # another process does it
            return work.rolled(0)
        return _in_turn(turn, work, until)


def _found(now: datetime | None) -> _Work:
    """What is left; that it cannot be read is noted like what goes wrong in a turn."""
    try:
        work = _Work(now or database.now(), now)
        work.is_left()
    except Exception as error:
        with suppress(*database.ERRORS), elsewhere(), bounded(seconds=NOTED_WITHIN):
            turns.fail(NAME, type(error).__name__, now or database.now())
        raise
    return work


def finish(*, seconds: float, between: Callable[[], None] = lambda: None) -> bool:
    """Count all that is to be counted: before runs are deleted, as their days could not be counted after it.

    Args:
        seconds: after so long it gives up.
        between: called between two turns.

    Returns:
        Whether nothing is left.
    """
    until = time.monotonic() + seconds
    while (done := roll_up()).more:
        if time.monotonic() >= until:
            return False
        between()
        if not done.pieces:  # it is another's turn, or the next one begins soon
            time.sleep(WAITS)
    return True


def _in_turn(turn: Turn, work: _Work, until: float) -> Rolled:
    try:
        pieces = work.go_on(turn, until)
    except Lost:
        return work.rolled(0)
    except Exception as error:
        with suppress(*database.ERRORS), elsewhere(), bounded(seconds=NOTED_WITHIN):
            turn.fail(type(error).__name__, turn.at)
        raise
    turn.end(turn.at)
    return work.rolled(pieces)


class _Work:
    """What is left to count: three statements, and two more when it begins."""

    def __init__(self, at: datetime, now: datetime | None) -> None:
        self.at, self._now = at, now
        self._jobs = registry.jobs()
        rows = {row.job_name: row for row in JobHistory.objects.using(alias())}
        self._spans = {job.name: Span.of(job, rows.get(job.name), at) for job in self._jobs}
        self._crowded: dict[str, int] = {}
        self._floors: dict[str, date] = {}
        self._known: dict[str, Standing] | None = None
        self._stale = stale.oldest(at)

    def is_left(self) -> bool:
        """Whether anything is to be counted now."""
        return (
            bool(self._stale)
            or next_piece(self._jobs, self._spans, self._crowded, self.at, self._floors) is not None
        )

    def _next(self) -> Piece | None:
        return next_piece(self._jobs, self._spans, self._crowded, self.at, self._floors)

    def rolled(self, pieces: int) -> Rolled:
        """What is told of it; while it was counted, days may have changed."""
        if pieces:
            self._stale = stale.oldest(self.at)
        ends = (counted_at(job, self._spans[job.name].last + DAY) for job in self._jobs)
        return Rolled(pieces, self.is_left(), min(ends, default=None), self.at)

    def go_on(self, turn: Turn, until: float) -> int:
        """Count piece by piece until the time is over; returns how many."""
        short = [job for job in self._jobs if self._spans[job.name].first > oldest_kept(job, self.at)]
        self._floors = floors(short, self._standings()) if short else {}
        pieces = self._complete(turn, short)
        while self._one(turn):
            pieces += 1
            if time.monotonic() >= until:
                break
            afresh()
        return pieces

    def _complete(self, turn: Turn, jobs: Iterable[Job]) -> int:
        """Days before its first run, of before it was known, say nothing of a job: then it is complete."""
        over = [job for job in jobs if self._has_come_to_its_floor(job)]
        for job in over:
            self._spans[job.name].add(oldest_kept(job, self.at), newest_ended(job, self.at))
        if over:
            write(turn, [], [], {job.name: self._spans[job.name] for job in over}, self.at)
        return len(over)

    def _has_come_to_its_floor(self, job: Job) -> bool:
        span, floor = self._spans[job.name], self._floors.get(job.name)
        whole = span.last >= newest_ended(job, self.at)
        return whole and floor is not None and oldest_kept(job, self.at) < span.first <= floor

    def _one(self, turn: Turn) -> bool:
        """New days come first, then those that have changed, then the past."""
        piece = self._next()
        if self._stale and not (piece is not None and piece.is_new):
            stale.count(turn, self._stale, self._standings(), self.at, self._now)
            self._stale = stale.oldest(self.at)
            return True
        if piece is None:
            return False
        keep(turn, piece, self._standings(), self._spans, self._crowded, self.at, self._now)
        self._complete(turn, piece.jobs)
        return True

    def _standings(self) -> dict[str, Standing]:
        if self._known is None:
            self._known = {each.job.name: each for each in standings(now=self._now)[1]}
        return self._known

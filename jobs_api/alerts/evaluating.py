"""Evaluate: find what is wrong now, once for all hosts, and tell of what has changed.

Any process may do it, at most once in half a minute over all of them: see `turns`. One that is killed in the
middle keeps the others from it for two minutes at most; it has written everything or nothing.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from jobs_api import database
from jobs_api.alerts.incidents import Done, settle
from jobs_api.alerts.reading import findings, read
from jobs_api.database.bounds import bounded, elsewhere
from jobs_api.monitoring import turns

EVERY, GIVEN_UP = timedelta(seconds=30), timedelta(minutes=2)
NOTED_WITHIN = 1.0
"""How many seconds it may take to note that it went wrong."""


def evaluate(
    *, now: datetime | None = None, seconds: float | None = None, every: timedelta | None = None
) -> Done | datetime:
    """Evaluate, if it is time; if it is not, or another process does, when the present evaluation began.

    Args:
        now: for tests; None is the database's clock.
        seconds: how long it may wait for the database in total; None is the setting.
        every: how long after the last evaluation; None is half a minute.

    Raises:
        DatabaseError: the database is away; what was found is found again by the next evaluation.
    """
    with bounded(seconds=seconds):
        at = now or database.now()
        turn = turns.take(turns.EVALUATE, at, every=EVERY if every is None else every, given_up=GIVEN_UP)
        return turn if isinstance(turn, datetime) else _evaluate(turn, now)


def _evaluate(turn: turns.Turn, now: datetime | None) -> Done:
    try:
        reading = read(turn.at, turn.before, now)
        done = settle(turn, reading, findings(reading))
    except Exception as error:
        # In a time of its own: what it has waited for may have taken all, and then nothing would show it.
        with suppress(*database.ERRORS), elsewhere(), bounded(seconds=NOTED_WITHIN):
            turn.fail(type(error).__name__, turn.at)
        raise
    turn.end(turn.at)
    return done

"""The first statement of every trigger. A duplicate needs only this one."""

from __future__ import annotations

import time
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.base import ModelState

from jobs_api import clock
from jobs_api.clock import Moment
from jobs_api.database import alias, budget
from jobs_api.models import JobRun
from jobs_api.runs.types import PauseSummary

_INSTANTS = ("started_at", "finished_at", "next_attempt_at")
_READ = ("id", "attempt", "state", "reason", "tries", *_INSTANTS)
"""What a trigger decides on, and what its response shows: no more, as each column takes time."""
_COLUMNS = ", ".join(f"r.{name}" for name in _READ)
_PAUSE = "p.started_at, p.until, p.actor, p.comment"


class Look(NamedTuple):
    """The result of reading a slot."""

    run: JobRun | None
    pause: PauseSummary | None
    """The one that is in force; None if the job is not paused."""
    moment: Moment
    """When it was read, by the database's clock."""


def find(job_name: str, run_date: datetime, *, now: datetime | None = None) -> Look:
    """Read the slot's run (if any), its job's pause (if any), and the time: one statement.

    It is written by hand because a duplicate costs only this statement, and because it must find a pause even
    if there is no run to join it to.
    """
    connection, sent_at = connections[alias()], time.monotonic()
    text, given = clock.sql(now, connection)
    with connection.cursor() as cursor:
        params = [*given, *given, *given, job_name, job_name, clock.parameter(run_date, connection)]
        cursor.execute(_find_sql(text), params)
        started_at, until, actor, comment, now_read, lease_over, backing_off, *columns = cursor.fetchone()
    moment = Moment(now or clock.note_reading(clock.aware(now_read, connection), sent_at), now)
    pause = None
    if started_at is not None:
        pause = _pause(started_at, until, actor, comment, connection, moment.at)
    seen = dict(zip(_READ, columns, strict=True))
    if seen["id"] is None:
        return Look(None, pause, moment)
    for name in _INSTANTS:
        seen[name] = clock.instant(seen[name], connection)
    seen["job_name"], seen["run_date"] = job_name, run_date
    seen["lease_over"], seen["backing_off"] = bool(lease_over), bool(backing_off)
    return Look(_run(seen, connection.alias), pause, moment)


def _pause(
    started_at: Any, until: Any, actor: str, comment: str, connection: BaseDatabaseWrapper, at: datetime
) -> PauseSummary | None:
    """A pause whose row is not closed, if it is not over by now."""
    ends = clock.instant(until, connection)
    if ends is not None and ends <= at:
        return None
    return PauseSummary(clock.aware(started_at, connection), ends, actor, comment)


def _run(seen: dict[str, Any], using: str) -> JobRun:
    """A run with these fields, the others deferred: as `from_db` makes it, in a third of the time."""
    run = JobRun.__new__(JobRun)
    run._state = ModelState()
    run._state.adding, run._state.db = False, using
    vars(run).update(seen)
    return run


@cache
def _find_sql(now: str) -> str:
    # Put into the text are the names of our columns and of the clock's function, nothing else. At most one
    # pause of a job is not closed. A join costs less than a sub-query, and to compare its end here, nothing.
    sql = f"""
        SELECT {_PAUSE},
               {now},
               r.lease_expires_at < {now}, r.next_attempt_at > {now}, {_COLUMNS}
        FROM (SELECT 1 AS one) always
        LEFT JOIN jobs_api_jobpause p ON p.job_name = %s AND p.ended_at IS NULL
        LEFT JOIN jobs_api_jobrun r ON r.job_name = %s AND r.run_date = %s
    """  # noqa: S608
    budget.UNLIMITED_READS.add(sql)
    return sql

"""The first statement of every trigger. A duplicate needs only this one."""

from __future__ import annotations

import json
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
_PAUSE = {
    "postgresql": "CAST(json_build_array(p.started_at, p.until, p.actor, p.comment) AS text)",
    "sqlite": "json_array(p.started_at, p.until, p.actor, p.comment)",
}
"""All of a pause in one column: a trigger of a job that is not paused does not pay for four."""


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
        params = [job_name, *given, *given, *given, *given, job_name, clock.parameter(run_date, connection)]
        cursor.execute(_find_sql(text, _PAUSE[connection.vendor]), params)
        paused, now_read, lease_over, backing_off, *columns = cursor.fetchone()
    pause = None if paused is None else _pause(paused, connection)
    moment = Moment(now or clock.note_reading(clock.aware(now_read, connection), sent_at), now)
    seen = dict(zip(_READ, columns, strict=True))
    if seen["id"] is None:
        return Look(None, pause, moment)
    for name in _INSTANTS:
        seen[name] = clock.instant(seen[name], connection)
    seen["job_name"], seen["run_date"] = job_name, run_date
    seen["lease_over"], seen["backing_off"] = bool(lease_over), bool(backing_off)
    return Look(_run(seen, connection.alias), pause, moment)


def _pause(text: str, connection: BaseDatabaseWrapper) -> PauseSummary:
    started_at, until, actor, comment = json.loads(text)
    until_when = clock.instant(until, connection)
    return PauseSummary(clock.aware(started_at, connection), until_when, actor, comment)


def _run(seen: dict[str, Any], using: str) -> JobRun:
    """A run with these fields, the others deferred: as `from_db` makes it, in a third of the time."""
    run = JobRun.__new__(JobRun)
    run._state = ModelState()
    run._state.adding, run._state.db = False, using
    vars(run).update(seen)
    return run


@cache
def _find_sql(now: str, pause: str) -> str:
    # Put into the text are the names of our columns and of the clock's function, nothing else.
    sql = f"""
        SELECT (
                   SELECT {pause} FROM jobs_api_jobpause p
                   WHERE p.job_name = %s AND p.ended_at IS NULL AND (p.until IS NULL OR p.until > {now})
               ),
               {now},
               r.lease_expires_at < {now}, r.next_attempt_at > {now}, {_COLUMNS}
        FROM (SELECT 1 AS one) always
        LEFT JOIN jobs_api_jobrun r ON r.job_name = %s AND r.run_date = %s
    """  # noqa: S608
    budget.UNLIMITED_READS.add(sql)
    return sql

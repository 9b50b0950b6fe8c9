"""The one statement that every trigger begins with, and all that a duplicate costs."""

from __future__ import annotations

from datetime import datetime

from django.db import connections

from jobs_api import clock
from jobs_api.models import JobRun
from jobs_api.storage import database

_INSTANTS = ("started_at", "finished_at", "next_attempt_at")
_READ = ("id", "attempt", "state", "reason", "tries", *_INSTANTS)
"""What a trigger decides on, and what its answer tells: no more, as each column takes time."""
_COLUMNS = ", ".join(f"r.{name}" for name in _READ)
_SEEN = [
    field.attname
    for field in JobRun._meta.concrete_fields
    if field.attname in (*_READ, "job_name", "run_date")
]


def find(job_name: str, run_date: datetime, *, now: datetime | None) -> tuple[JobRun | None, bool]:
    """The slot's run, if it has one, and whether its job is paused: one statement.

    Written by hand because it is all that a duplicate costs, and because a pause has to be
    seen also where there is no run to join it to.
    """
    using = database()
    moment, at = clock.sql(now, using)
    with connections[using].cursor() as cursor:
        params = [job_name, *at, *at, job_name, clock.parameter(run_date, using)]
        cursor.execute(_find_sql(moment), params)
        paused, lease_over, backing_off, *columns = cursor.fetchone()
    seen = dict(zip(_READ, columns, strict=True))
    if seen["id"] is None:
        return None, bool(paused)
    seen |= {name: clock.instant(seen[name], using) for name in _INSTANTS}
    seen |= {"job_name": job_name, "run_date": run_date}
    run = JobRun.from_db(using, _SEEN, [seen[name] for name in _SEEN])  # the others are deferred
    run.lease_over, run.backing_off = bool(lease_over), bool(backing_off)
    return run, bool(paused)


def _find_sql(moment: str) -> str:
    # Put into the text are the names of our columns and of the clock's function, nothing else.
    return f"""
        SELECT EXISTS (
                   SELECT 1 FROM jobs_api_jobpause p WHERE p.job_name = %s AND p.ended_at IS NULL
               ),
               r.lease_expires_at < {moment}, r.next_attempt_at > {moment}, {_COLUMNS}
        FROM (SELECT 1 AS one) always
        LEFT JOIN jobs_api_jobrun r ON r.job_name = %s AND r.run_date = %s
    """  # noqa: S608

"""The one statement that every trigger begins with, and all that a duplicate costs."""

from __future__ import annotations

from datetime import datetime

from jobs_api import clock
from jobs_api.models import JobRun
from jobs_api.storage import database

_SEEN_FIELDS = [
    field.attname
    for field in JobRun._meta.concrete_fields
    if field.attname not in ("output_head", "output_tail")
]


def find(job_name: str, run_date: datetime, *, now: datetime | None) -> tuple[JobRun | None, bool]:
    """The slot's run, if it has one, and whether its job is paused: one statement.

    Written by hand because it is all that a duplicate costs, and because a pause has to be
    seen also where there is no run to join it to.
    """
    using = database()
    moment, at = clock.sql(now, using)
    params = [*at, *at, job_name, job_name, clock.parameter(run_date, using)]
    run = JobRun.objects.using(using).raw(_find_sql(moment), params)[0]
    return (run if run.pk is not None else None), bool(run.paused)  # type: ignore[attr-defined]


def _find_sql(moment: str) -> str:
    columns = ", ".join(f"r.{name}" for name in _SEEN_FIELDS)
    # Put into the text are the names of our columns and of the clock's function, nothing else.
    return f"""
        SELECT {columns},
               r.lease_expires_at < {moment} AS lease_over,
               r.next_attempt_at > {moment} AS backing_off,
               EXISTS (
                   SELECT 1 FROM jobs_api_jobpause p WHERE p.job_name = %s AND p.ended_at IS NULL
               ) AS paused
        FROM (SELECT 1 AS one) always
        LEFT JOIN jobs_api_jobrun r ON r.job_name = %s AND r.run_date = %s
    """  # noqa: S608

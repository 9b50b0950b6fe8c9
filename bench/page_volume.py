"""Runs and days of many hourly jobs, made by the database itself: what the pages of the dashboard show.

However many runs are stored, the pages show as many of them: the last hours of each job, and a year of days.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from bench.volume import CHUNK, SERIES
from jobs_api import Job
from jobs_api.history import tally
from jobs_api.models import JobDay, JobDeclaration, JobHistory, JobRun, SourceHour, TriggerSource

DAYS = 371
SOURCES = ("eventbridge", "github-actions", "cron-job.org")
_AGO = {
    "postgresql": "(CAST(%s AS timestamptz) - ({hours}) * INTERVAL '1 hour'"
    " + ({seconds}) * INTERVAL '1 second')",
    "sqlite": "strftime('%%Y-%%m-%%d %%H:%%M:%%f', %s, '-' || ({hours}) || ' hours',"
    " '+' || ({seconds}) || ' seconds')",
}
_SETTLE = {
    "postgresql": ("VACUUM (ANALYZE)", "CHECKPOINT"),
    "sqlite": ("ANALYZE", "PRAGMA wal_checkpoint(TRUNCATE)"),
}


def name(number: int) -> str:
    """Of a job."""
    return f"paged_{number:04}"


def jobs(number: int) -> list[Job]:
    """Hourly jobs with what people filter by."""
    return [
        Job(
            name(each),
            command="noop",
            schedule="0 * * * *",
            timezone="Europe/Berlin" if each % 3 else "UTC",
            owner=f"team {each % 7}",
            tags=(f"tag-{each % 9}",),
            timeout=1800,
        )
        for each in range(number)
    ]


def load(number: int, of_jobs: int) -> int:
    """So many runs, the newest slot of each job being the last full hour; and a year of days of each job."""
    newest = timezone.now().replace(minute=0, second=0, microsecond=0)
    hours = number // of_jobs
    with connection.cursor() as cursor:
        for first in range(0, number, CHUNK):
            cursor.execute(*_runs(first, min(first + CHUNK, number) - 1, of_jobs, hours, newest))
        cursor.execute(*_days(of_jobs, newest))
        cursor.execute(*_histories(of_jobs, newest))
    _know(of_jobs, newest)
    _callers(newest)
    with connection.cursor() as cursor:
        for statement in _SETTLE[connection.vendor]:
            cursor.execute(statement)
    return JobRun.objects.count()


def _runs(first: int, last: int, of_jobs: int, hours: int, newest: datetime) -> tuple[str, list[Any]]:
    """The oldest runs first. One in a hundred has failed, one in two hundred was skipped; some begin late."""
    job, back = f"(n % {of_jobs})", f"({hours} - 1 - n / {of_jobs})"
    state = "CASE WHEN n % 101 = 7 THEN 'failed' WHEN n % 203 = 11 THEN 'skipped' ELSE 'succeeded' END"
    late = "CASE WHEN n % 97 = 5 THEN 700 ELSE n % 5 END"
    source = f"CASE n % 3 WHEN 0 THEN '{SOURCES[0]}' WHEN 1 THEN '{SOURCES[1]}' ELSE '{SOURCES[2]}' END"
    chosen: dict[str, tuple[str, list[Any]]] = {
        "job_name": (_name(job), []),
        "state": (state, []),
        "reason": ("CASE WHEN n % 101 = 7 THEN 'error' ELSE '' END", []),
        "error": ("CASE WHEN n % 101 = 7 THEN 'ReadTimeout: api.example.com' ELSE '' END", []),
        "attempt": ("CASE WHEN n % 203 = 11 THEN 0 ELSE 1 END", []),
        "trigger": ("'http'", []),
        "source": (source, []),
        "run_date": _ago(back, "0", newest),
        "created_at": _ago(back, late, newest),
        "claimed_at": _ago(back, late, newest),
        "started_at": _ago(back, late, newest),
        "finished_at": _ago(back, f"{late} + 20 + n % 37", newest),
    }
    return _insert(JobRun, chosen, first, last)


def _days(of_jobs: int, newest: datetime) -> tuple[str, list[Any]]:
    counted = tally.fine()
    for seconds in range(20, 57):
        counted.note(seconds)
    lateness = {source: counted.stored() for source in SOURCES}
    day = {
        "postgresql": f"(CAST(%s AS date) - CAST(1 + n / {of_jobs} AS integer))",
        "sqlite": f"date(%s, '-' || (1 + n / {of_jobs}) || ' days')",
    }[connection.vendor]
    trouble = "CASE n % 50 WHEN 3 THEN 'failed' WHEN 7 THEN 'late' WHEN 9 THEN 'missed' ELSE 'well' END"
    chosen: dict[str, tuple[str, list[Any]]] = {
        "job_name": (_name(f"(n % {of_jobs})"), []),
        "day": (day, [newest.date().isoformat()]),
        "schedule": ("'0 * * * *'", []),
        "timezone": ("'UTC'", []),
        "worst": (trouble, []),
        **{
            field: ("%s", [JobDay._meta.get_field(field).get_db_prep_save(value, connection)])
            for field, value in (
                ("counts", {"succeeded": 23, "failed": 1}),
                ("durations", counted.stored()),
                ("lateness", lateness),
                ("counted_at", newest),
            )
        },
        "runs": ("24", []),
    }
    return _insert(JobDay, chosen, 0, DAYS * of_jobs - 1)


def _histories(of_jobs: int, newest: datetime) -> tuple[str, list[Any]]:
    last, first = (newest.date() - timedelta(days=days) for days in (1, 402))
    chosen: dict[str, tuple[str, list[Any]]] = {
        "job_name": (_name("n"), []),
        "first_day": ("CAST(%s AS date)" if connection.vendor == "postgresql" else "%s", [first.isoformat()]),
        "last_day": ("CAST(%s AS date)" if connection.vendor == "postgresql" else "%s", [last.isoformat()]),
        "p5": ("21", []),
        "p50": ("38", []),
        "p95": ("55", []),
        "count": ("720", []),
    }
    return _insert(JobHistory, chosen, 0, of_jobs - 1)


def _know(of_jobs: int, newest: datetime) -> None:
    since = newest - timedelta(days=500)
    JobDeclaration.objects.bulk_create(
        JobDeclaration(
            job_name=job.name, schedule=job.schedule or "", timezone=job.slots.timezone, since=since
        )
        for job in jobs(of_jobs)
    )


def _callers(newest: datetime) -> None:
    for source in SOURCES:
        TriggerSource.objects.create(
            source=source,
            actor="ci",
            first_at=newest - timedelta(days=90),
            last_at=newest.astimezone(UTC),
            calls=10**6,
            wins=10**5,
            gap=3600,
        )
        SourceHour.objects.bulk_create(
            SourceHour(
                source=source, actor="ci", hour=newest - timedelta(hours=back), calls=60, wins=20, lateness={}
            )
            for back in range(100)
        )


def _name(number: str) -> str:
    text = f"CAST({number} AS VARCHAR(9))"
    return f"'paged_' || SUBSTR('0000' || {text}, LENGTH({text}) + 1)"


def _ago(hours: str, seconds: str, newest: datetime) -> tuple[str, list[Any]]:
    instant = connection.ops.adapt_datetimefield_value(newest)
    return _AGO[connection.vendor].format(hours=hours, seconds=seconds), [instant]


def _insert(
    model: Any, chosen: dict[str, tuple[str, list[Any]]], first: int, last: int
) -> tuple[str, list[Any]]:
    """An INSERT of a series; a column that is not chosen gets its field's default."""
    columns, values, parameters = [], [], []
    for field in model._meta.concrete_fields:
        if not field.primary_key:
            default = field.get_db_prep_save(field.get_default(), connection)
            value, given = chosen.get(field.attname, ("%s", [default]))
            columns.append(field.attname)
            values.append(value)
            parameters += given
    text = ", ".join(values)
    if connection.vendor != "sqlite" or parameters:
        text = _doubled(text)
    series = SERIES[connection.vendor].replace("{values}", text).replace("{first}", str(first))
    return (
        f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) {series.replace('{last}', str(last))}",
        parameters,
    )


def _doubled(text: str) -> str:
    """A percent sign that is no place of a parameter is doubled for the driver."""
    return text.replace(" % ", " %% ")

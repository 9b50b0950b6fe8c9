"""Many stored runs, made by the database itself: a quick way to the size that other tables reach in years."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.utils import timezone

from bench.peers.jobs import VOLUME
from jobs_api.models import JobRun

CHUNK = 1_000_000
JOBS = len(VOLUME)
# `n` counts the runs; written with integer division, which all databases share.
MINUTE, JOB = f"(n / {JOBS})", f"(n - n / {JOBS} * {JOBS})"
NAME = f"'volume_' || CASE WHEN {JOB} < 10 THEN '0' ELSE '' END || CAST({JOB} AS VARCHAR(9))"
STATE = f"CASE WHEN {MINUTE} - {MINUTE} / 97 * 97 = 5 THEN 'failed' ELSE 'succeeded' END"
SERIES = {
    "postgresql": "SELECT {values} FROM generate_series({first}, {last}) AS n",
    "sqlite": "WITH RECURSIVE series(n) AS"
    " (SELECT {first} UNION ALL SELECT n + 1 FROM series WHERE n < {last}) SELECT {values} FROM series",
}
BACK = {
    "postgresql": f"(CAST(%s AS timestamptz) - {MINUTE} * INTERVAL '1 minute')",
    "sqlite": f"datetime(%s, '-' || {MINUTE} || ' minutes')",
}
SETTLE = {
    "postgresql": ("VACUUM (ANALYZE) jobs_api_jobrun", "CHECKPOINT"),
    "sqlite": ("PRAGMA wal_checkpoint(TRUNCATE)",),
}


def load(number: int) -> int:
    """One run a minute of each job in VOLUME, back from the last midnight; one in a hundred has failed."""
    with connection.cursor() as cursor:
        for first in range(0, number, CHUNK):
            cursor.execute(*_statement(first, min(first + CHUNK, number) - 1))
        for statement in SETTLE[connection.vendor]:
            cursor.execute(statement)
    return JobRun.objects.count()


def _statement(first: int, last: int) -> tuple[str, list[Any]]:
    """An INSERT of runs; a column that is not mentioned here gets its field's default."""
    midnight = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    instant = connection.ops.adapt_datetimefield_value(midnight)
    back = (BACK[connection.vendor], [instant])
    chosen: dict[str, tuple[str, list[Any]]] = {
        "job_name": (NAME, []),
        "state": (STATE, []),
        "attempt": ("1", []),
        "tries": ("3", []),
        **dict.fromkeys(("run_date", "created_at", "claimed_at", "started_at", "finished_at"), back),
    }
    columns, values, parameters = [], [], []
    for field in JobRun._meta.concrete_fields:
        if not field.primary_key:
            default = field.get_db_prep_save(field.get_default(), connection)
            value, given = chosen.get(field.attname, ("%s", [default]))
            columns.append(field.attname)
            values.append(value)
            parameters += given
    series = SERIES[connection.vendor].format(values=", ".join(values), first=first, last=last)
    return f"INSERT INTO {JobRun._meta.db_table} ({', '.join(columns)}) {series}", parameters

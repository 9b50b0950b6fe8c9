"""The last runs of some jobs: one statement, along the index (job, slot), however many runs are stored."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connections

from jobs_api import clock
from jobs_api.database import alias
from jobs_api.models import JobRun

EACH = 200
"""So many slots of each job are looked at, whatever became of them."""
_TABLE = JobRun._meta.db_table
_COLUMNS = "r.job_name, r.id, r.run_date, r.state, r.started_at, r.finished_at"
_POSTGRESQL = f"""
SELECT {_COLUMNS} FROM unnest(%s::text[]) AS n(name)
CROSS JOIN LATERAL (
    SELECT job_name, id, run_date, state, started_at, finished_at FROM {_TABLE}
    WHERE job_name = n.name ORDER BY run_date DESC LIMIT {EACH}
) AS r ORDER BY r.job_name, r.run_date DESC
"""  # noqa: S608 - put into the text are names of ours
_SQLITE = f"""
SELECT {_COLUMNS} FROM json_each(%s) AS n
CROSS JOIN {_TABLE} AS r ON r.job_name = n.value AND r.run_date >= COALESCE(
    (SELECT run_date FROM {_TABLE} WHERE job_name = n.value ORDER BY run_date DESC LIMIT 1 OFFSET {EACH - 1}),
    ''
) ORDER BY r.job_name, r.run_date DESC
"""  # noqa: S608 - as above


class Past(NamedTuple):
    """One run, in few columns."""

    id: int
    run_date: datetime
    state: str
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def seconds(self) -> float | None:
        """How long its newest attempt took; None if it has not ended."""
        if self.started_at is None or self.finished_at is None:
            return None
        return (self.finished_at - self.started_at).total_seconds()


def recent(names: Iterable[str]) -> dict[str, list[Past]]:
    """The last runs of each of these jobs, the newest slot first; no statement for no jobs."""
    wanted = sorted(set(names))
    if not wanted:
        return {}
    connection = connections[alias()]
    text, given = (_SQLITE, json.dumps(wanted)) if connection.vendor == "sqlite" else (_POSTGRESQL, wanted)
    with connection.cursor() as cursor:
        cursor.execute(text, [given])
        found: list[Any] = cursor.fetchall()
    runs: dict[str, list[Past]] = defaultdict(list)
    for job_name, pk, run_date, state, *times in found:
        started, finished = (clock.instant(each, connection) for each in times)
        runs[job_name].append(Past(pk, clock.aware(run_date, connection), state, started, finished))
    return runs

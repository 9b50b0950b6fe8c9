"""Where in a long table a time lies: ids grow with the time at which rows were made, and have an index."""

from __future__ import annotations

from datetime import datetime

from django.db import connections

from jobs_api import clock
from jobs_api.database import alias
from jobs_api.models import JobRun

TABLE = JobRun._meta.db_table
CLOSE = 500
"""So many ids the answer may be off."""
# Each step halves the ids that are left, with two looks into the index of ids: 15 steps for ten million runs.
# Put into the text are the name of our table and numbers, nothing else.
_MADE = f"(SELECT created_at FROM {TABLE} WHERE id >= (low + high) / 2 ORDER BY id LIMIT 1)"  # noqa: S608
_SQL = f"""
    WITH RECURSIVE step(low, high) AS (
        SELECT (SELECT MIN(id) FROM {TABLE}), (SELECT MAX(id) + 1 FROM {TABLE})
        UNION ALL
        SELECT CASE WHEN {_MADE} < %s THEN (low + high) / 2 ELSE low END,
            CASE WHEN {_MADE} < %s THEN high ELSE (low + high) / 2 END
        FROM step WHERE high - low > {CLOSE}
    )
    SELECT MIN(high) FROM step
"""  # noqa: S608


def first_after(instant: datetime) -> int | None:
    """An id not far behind the first run that was ordered at that time or later: one statement.

    None: there are no runs.
    """
    connection = connections[alias()]
    moment = clock.parameter(instant, connection)
    with connection.cursor() as cursor:
        cursor.execute(_SQL, [moment, moment])
        found = cursor.fetchone()[0]
    return None if found is None else int(found)

"""The records of jobs_api: all attempts, read from the database."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import psycopg

from tools.chaos.ledger import instant

# A run's own columns hold its newest attempt, the other table those before.
QUERY = """
SELECT r.id, r.job_name, r.run_date, a.attempt, a.state, a.reason, a.executor, a.finished_at
  FROM jobs_api_jobrun r
  JOIN (SELECT id AS run_id, attempt, state, reason, executor, finished_at FROM jobs_api_jobrun
        UNION ALL
        SELECT run_id, attempt, state, reason, executor, finished_at FROM jobs_api_jobattempt
       ) a ON a.run_id = r.id
"""


class Attempt(NamedTuple):
    """One attempt on record; number 0 is a run that was not claimed yet."""

    run: int
    job: str
    run_date: str
    attempt: int
    state: str
    reason: str
    executor: str
    finished: float | None
    """A Unix time."""


def read(url: str) -> list[Attempt]:
    """All attempts of all runs."""
    with psycopg.connect(url) as connection:
        return [_attempt(*row) for row in connection.execute(QUERY)]


def _attempt(
    run: int,
    job: str,
    run_date: datetime,
    attempt: int,
    state: str,
    reason: str,
    executor: str,
    finished: datetime | None,
) -> Attempt:
    ended = None if finished is None else finished.timestamp()
    return Attempt(run, job, instant(run_date), attempt, state, reason, executor, ended)

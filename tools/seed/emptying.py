"""The same project on its first day: the jobs are declared, and nobody has called yet."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from tools.seed.serving import DATABASE

TABLES = (
    "jobattempt",
    "jobrun",
    "jobpause",
    "jobday",
    "jobhistory",
    "alertmessage",
    "alertmute",
    "incident",
    "triggersource",
    "triggercount",
    "sourcehour",
    "auditentry",
)


def empty(folder: Path) -> None:
    """Leave only the users, the jobs, and the call that was refused."""
    with closing(sqlite3.connect(folder / DATABASE, timeout=20)) as connection, connection:
        for table in TABLES:
            connection.execute(f"DELETE FROM jobs_api_{table}")  # noqa: S608
        now = "(SELECT max(at) FROM jobs_api_refusedcall)"
        connection.execute(f"UPDATE jobs_api_jobdeclaration SET since = {now}")  # noqa: S608

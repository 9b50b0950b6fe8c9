"""Version 0.1.0: its rows, of every state, and what it says to the database.

Its code is not here; what it may write beside a newer version is its columns, and these statements.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from jobs_api import clock

DUMP = json.loads(Path(__file__).with_name("release_0_1_0.json").read_text())
TABLES: dict[str, list[dict[str, Any]]] = DUMP["tables"]
OLDEST = ("jobs_api", DUMP["migration"])

FIND = """
    SELECT EXISTS (SELECT 1 FROM jobs_api_jobpause p WHERE p.job_name = %s AND p.ended_at IS NULL),
           r.lease_expires_at < {now}, r.next_attempt_at > {now},
           r.id, r.attempt, r.state, r.reason, r.tries, r.started_at, r.finished_at, r.next_attempt_at
    FROM (SELECT 1 AS one) always
    LEFT JOIN jobs_api_jobrun r ON r.job_name = %s AND r.run_date = %s
"""
CLAIM = """
    INSERT INTO jobs_api_jobrun (job_name, run_date, attempt, created_at, state, held_job, executor, holder,
        claimed_at, started_at, "trigger", source, actor, comment, note, lease_expires_at, reason, error,
        output_head, output_tail, output_size, tries, options)
    VALUES (%s, %s, 1, %s, 'running', %s, 'inline', 'web-1:4711', %s, %s, 'http', 'curl', '', '', '',
        {soon}, '', '', {blob}, {blob}, 0, 0, '{{}}')
"""
FINISH = """
    UPDATE jobs_api_jobrun SET state = 'succeeded', reason = '', error = '', finished_at = %s,
        held_job = NULL, lease_expires_at = NULL, next_attempt_at = NULL, tries = 0
    WHERE job_name = %s AND attempt = 1 AND state IN ('claimed', 'running')
"""
RENEW = "UPDATE jobs_api_jobrun SET lease_expires_at = {soon} WHERE attempt = 1 AND state = 'running'"
REAP = """
    UPDATE jobs_api_jobrun SET state = 'failed', reason = 'lost', error = '', finished_at = %s,
        held_job = NULL, lease_expires_at = NULL, next_attempt_at = {now}, tries = tries + 1
    WHERE lease_expires_at < {now} AND state IN ('claimed', 'running')
"""
KNOW = "UPDATE jobs_api_jobstate SET schedule = %s, timezone = %s, since = %s WHERE job_name = %s"
KNOW_FIRST = "INSERT INTO jobs_api_jobstate (job_name, schedule, timezone, since) VALUES (%s, %s, %s, %s)"
PAUSE = """
    INSERT INTO jobs_api_jobpause (job_name, started_at, ended_at, actor, comment)
    VALUES (%s, %s, NULL, 'ann', 'by the old version')
"""
RESUME = "UPDATE jobs_api_jobpause SET ended_at = %s WHERE job_name = %s AND ended_at IS NULL"
COUNT = """
    INSERT INTO jobs_api_triggercount (job_name, day, source, outcome, count)
    VALUES (%s, %s, 'curl', 'already_succeeded', 0) ON CONFLICT DO NOTHING
"""
TOKEN = """
    SELECT id, name, digest, scopes, patterns, created_at, expires_at, last_used_at, revoked_at
    FROM jobs_api_token
"""


def says(statement: str, *params: Any) -> tuple[int, list[Any]]:
    """Send a statement of the old version: how many rows it changed, and what it has read."""
    vendor = connection.vendor
    soon = clock.AFTER_SQL[vendor].replace("%s", "'30 seconds'")
    blob = "x''" if vendor == "sqlite" else "''"
    adapt = connection.ops.adapt_datetimefield_value
    given = [adapt(param) if hasattr(param, "tzinfo") else param for param in params]
    with connection.cursor() as cursor:
        cursor.execute(statement.format(now=clock.NOW_SQL[vendor], soon=soon, blob=blob), given)
        return cursor.rowcount, cursor.fetchall() if cursor.description else []


def store(table: str, row: dict[str, Any]) -> None:
    """Insert a row as the old version does: its columns, and no other."""
    columns = ", ".join(connection.ops.quote_name(name) for name in row)
    values = [bytes.fromhex(value["hex"]) if isinstance(value, dict) else value for value in row.values()]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({columns}) VALUES ({', '.join(['%s'] * len(row))})",  # noqa: S608
            values,
        )


def store_all() -> None:
    """All its rows; ids go on after them."""
    for table, rows in TABLES.items():
        for row in rows:
            store(table, row)
    with connection.cursor() as cursor:
        models = apps.get_app_config("jobs_api").get_models()
        ours = [model for model in models if model._meta.db_table in TABLES]
        for statement in connection.ops.sequence_reset_sql(no_style(), ours):
            cursor.execute(statement)


def read(table: str) -> list[Any]:
    """Its rows, as the old version reads them."""
    columns = ", ".join(connection.ops.quote_name(name) for name in TABLES[table][0])
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM {table} ORDER BY id")  # noqa: S608
        return [tuple(bytes(v) if isinstance(v, memoryview) else v for v in row) for row in cursor.fetchall()]


def migrate(*target: tuple[str, str]) -> None:
    """To this migration; to the newest without one."""
    executor = MigrationExecutor(connection)
    newest = [key for key in executor.loader.graph.leaf_nodes() if key[0] == "jobs_api"]
    executor.migrate(list(target) or newest)

"""Check how the database is set up, for `check --deploy`."""

from __future__ import annotations

from typing import Any

from django.core import checks
from django.db import connections

from jobs_api.database import alias


def check_sqlite(**_: Any) -> list[checks.CheckMessage]:
    """SQLite in a mode that answers "database is locked" although it could wait."""
    connection = connections[alias()]
    options = connection.settings_dict.get("OPTIONS", {})
    if connection.vendor != "sqlite" or str(options.get("transaction_mode", "")).upper() == "IMMEDIATE":
        return []
    best = {"transaction_mode": "IMMEDIATE", "timeout": 10, "init_command": "PRAGMA journal_mode=WAL"}
    hint = f"In DATABASES: OPTIONS = {best}."
    text = "SQLite in its default mode answers some simultaneous triggers with a 503."
    return [checks.Warning(text, hint=hint, id="jobs_api.W003")]


PATIENT = ("connect_timeout", "tcp_user_timeout", "keepalives_idle")
"""Options that end the wait for a PostgreSQL server that vanished; the system's own timeouts are hours."""


def check_postgresql(**_: Any) -> list[checks.CheckMessage]:
    """PostgreSQL over a network without timeouts: our statements have a time limit, a job's have none."""
    connection = connections[alias()]
    options = connection.settings_dict.get("OPTIONS", {})
    host = str(connection.settings_dict.get("HOST") or options.get("host") or "")
    missing = [name for name in PATIENT if name not in options]
    if connection.vendor != "postgresql" or host.startswith("/") or "service" in options or not missing:
        return []
    text = f"If PostgreSQL cannot be reached, a job may wait for hours: {', '.join(missing)} not set."
    best = {"connect_timeout": 5, "tcp_user_timeout": 10_000, "keepalives_idle": 30}
    hint = f"In DATABASES: OPTIONS = {best}; see docs/operating.md."
    return [checks.Warning(text, hint=hint, id="jobs_api.W005")]

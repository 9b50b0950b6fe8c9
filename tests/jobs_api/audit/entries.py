"""Entries of the audit, made by keyword."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from jobs_api.models import AuditEntry

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def entry(**fields: Any) -> AuditEntry:
    """``entry(action="pause", actor="ann")`` adds one."""
    known: dict[str, Any] = {"at": NOON, "action": "pause", "origin": "command", "result": "paused"}
    return AuditEntry.objects.create(**{**known, **fields})


def at(**ago: float) -> datetime:
    """So long before noon."""
    return NOON - timedelta(**ago)


def told() -> list[tuple[Any, ...]]:
    """What the entries say, oldest first."""
    return list(
        AuditEntry.objects.order_by("pk").values_list("action", "job_name", "actor", "reason", "result")
    )

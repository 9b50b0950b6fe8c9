"""Entries of the audit for programs, and for a spreadsheet."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.utils import timezone

from jobs_api.models import AuditEntry
from jobs_api.text import json_safe, sheets

Writer = Callable[[Iterable[AuditEntry]], str]
"""Writes entries as text, without the last end of line."""
_WHO = ("id", "at", "action", "actor", "origin", "address")
MEMBERS = (*_WHO, "job", "run", "run_date", "subject", "reason", "result", "details")


def members(entry: AuditEntry) -> dict[str, Any]:
    """All of it, for programs."""
    return {name: getattr(entry, "job_name" if name == "job" else name) for name in MEMBERS}


def as_lines(entries: Iterable[AuditEntry]) -> str:
    """A line of JSON for each, without the last end of line."""
    return "\n".join(json_safe(json.dumps(members(entry), default=_plain)) for entry in entries)


def as_csv(entries: Iterable[AuditEntry]) -> str:
    """A line of a spreadsheet for each, without the last end of line."""
    return sheets.lines([_cell(value) for value in members(entry).values()] for entry in entries)


def heading() -> str:
    """The first line of a spreadsheet."""
    return sheets.lines([MEMBERS])


def _cell(value: Any) -> str:
    if isinstance(value, datetime):  # in TIME_ZONE with its offset, as in the tables of commands
        return value.astimezone(timezone.get_default_timezone()).isoformat(sep=" ", timespec="seconds")
    if isinstance(value, dict):
        return json.dumps(value, default=_plain) if value else ""
    return sheets.cell(value)


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)

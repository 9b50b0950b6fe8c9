"""Entries of the audit for a table."""

from __future__ import annotations

from typing import Any

from jobs_api.audit.exporting import MEMBERS, as_csv, as_lines, heading, members
from jobs_api.models import AuditEntry

__all__ = ["DROP", "MEMBERS", "TABLE", "as_csv", "as_lines", "heading", "members", "row"]

TABLE = ("at", "action", "what", "run", "by", "result", "reason", "origin", "address")
DROP = ("address", "origin", "run", "reason")
"""Columns that a narrow terminal can do without, the first first."""


def row(entry: AuditEntry) -> tuple[Any, ...]:
    """A line of the table."""
    what = " ".join(filter(None, (entry.job_name, entry.subject)))
    who = (entry.actor, entry.result, entry.reason, entry.origin, entry.address)
    return (entry.at, entry.action, what, entry.run, *who)

"""Entries of the audit for a table, for JSON, and for a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from jobs_api.management.tables import moment
from jobs_api.models import AuditEntry
from jobs_api.text import json_safe, visible

TABLE = ("at", "action", "what", "run", "by", "result", "reason", "origin", "address")
DROP = ("address", "origin", "run", "reason")
"""Columns that a narrow terminal can do without, the first first."""
_WHO = ("id", "at", "action", "actor", "origin", "address")
MEMBERS = (*_WHO, "job", "run", "run_date", "subject", "reason", "result", "details")
FORMULA = re.compile('(^|[;\t\n])([ "]*)(?=[=+\\-@\uff1d\uff0b\uff0d\uff20])')
"""A spreadsheet takes a cell that begins so for a formula, also in the wide letters of East Asia. Where it
expects another separator than ours, a cell begins after that."""


def row(entry: AuditEntry) -> tuple[Any, ...]:
    """A line of the table."""
    what = " ".join(filter(None, (entry.job_name, entry.subject)))
    who = (entry.actor, entry.result, entry.reason, entry.origin, entry.address)
    return (entry.at, entry.action, what, entry.run, *who)


def members(entry: AuditEntry) -> dict[str, Any]:
    """All of it, for programs."""
    return {name: getattr(entry, "job_name" if name == "job" else name) for name in MEMBERS}


def as_lines(entries: Iterable[AuditEntry]) -> str:
    """A line of JSON for each, without the last end of line."""
    return "\n".join(json_safe(json.dumps(members(entry), default=_plain)) for entry in entries)


def as_csv(entries: Iterable[AuditEntry]) -> str:
    """A line of a spreadsheet for each, without the last end of line."""
    return _csv([_cell(value) for value in members(entry).values()] for entry in entries)


def heading() -> str:
    """The first line of a spreadsheet."""
    return _csv([MEMBERS])


def _csv(lines: Iterable[Iterable[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(lines)
    return text.getvalue().removesuffix("\n")


def _cell(value: Any) -> str:
    """As text that no spreadsheet computes: with an apostrophe before what looks like a formula."""
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, dict):
        return json.dumps(value, default=_plain) if value else ""
    text = FORMULA.sub(r"\1\2'", visible("" if value is None else str(value)))
    return f"'{text}" if text.startswith(("\t", "\n")) else text


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)

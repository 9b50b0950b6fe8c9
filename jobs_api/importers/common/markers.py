"""The comments that `jobs_export` writes beside each entry: they hold the whole declaration."""

from __future__ import annotations

import dataclasses
import html
import json
import re
from collections.abc import Mapping
from typing import Any

from jobs_api.exporters.common.comments import LOCAL, MARK
from jobs_api.importers.common.call import is_ours as triggers
from jobs_api.importers.common.entry import Entry
from jobs_api.registry.job import Job

BEGIN = re.compile(rf"{re.escape(MARK)}(?=\{{)")
LONGEST = 100_000
"""Characters of one declaration."""
FIELDS = {field.name for field in dataclasses.fields(Job)} - LOCAL
UNESCAPED = (
    lambda text: text,
    lambda text: _json_string(text),
    html.unescape,
    lambda text: text.replace("''", "'"),
    lambda text: text.replace("'\\''", "'"),
)
"""How a marker may be written inside of a string or comment of another format."""


def found(text: str) -> dict[str, Entry]:
    """The declarations that a file's markers hold, by name, in their order."""
    entries: dict[str, Entry] = {}
    unread = 0
    for match in BEGIN.finditer(text):
        if match.start() < unread:
            continue
        line = text[match.end() : match.end() + LONGEST].split("\n", 1)[0]
        declared = _decoded(line)
        if declared is None:
            unread = match.end() + len(line)
            entries[f"\n{match.start()}"] = Entry(original=(MARK + line,), reason="Its JSON cannot be read.")
        elif not declared.get("run_due"):
            entry = _entry(declared, line)
            entries.setdefault(str(declared.get("name", line)), entry)
    return entries


def _decoded(line: str) -> dict[str, Any] | None:
    for unescape in UNESCAPED:
        try:
            value, _ = json.JSONDecoder().raw_decode(unescape(line))
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            return value
    return None


def _json_string(text: str) -> str:
    value, _ = json.JSONDecoder().raw_decode(f'"{text}')
    return str(value)


def _entry(declared: Mapping[str, Any], line: str) -> Entry:
    unknown = sorted(set(declared) - FIELDS)
    if unknown or not isinstance(declared.get("name"), str):
        reason = f"Job has no field {', '.join(unknown)}." if unknown else "It has no name."
        return Entry(original=(MARK + line,), reason=reason)
    return Entry(fields=dict(declared))


def is_ours(fields: Mapping[str, Any]) -> bool:
    """Whether a job that was read from a file only triggers a job of jobs_api."""
    return triggers(str(fields.get("command"))) and (is_run_due(fields) or bool(fields.get("args")))


def is_run_due(fields: Mapping[str, Any]) -> bool:
    """Whether it starts every job that is due."""
    return fields.get("command") == "jobs_run_due"

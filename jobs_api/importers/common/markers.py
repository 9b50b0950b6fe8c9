"""The comments that `jobs_export` writes beside each entry: they hold the whole declaration."""

from __future__ import annotations

import dataclasses
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


def found(text: str) -> dict[str, Entry]:
    """The declarations that a file's markers hold, by name, in their order."""
    entries: dict[str, Entry] = {}
    unread = 0
    for match in BEGIN.finditer(text):
        if match.start() < unread:
            continue
        line = text[match.end() : match.end() + LONGEST].split("\n", 1)[0]
        declared, length = _decoded(line)
        unread = match.end() + length  # a text in it may look like a marker
        if declared is None:
            entries[f"\n{match.start()}"] = Entry(original=(MARK + line,), reason="Its JSON cannot be read.")
        elif not declared.get("run_due"):
            entry = _entry(declared, line)
            name = str(declared.get("name", line))
            if entries.setdefault(name, entry) != entry:  # of another export, in a file that holds both
                entries[f"{name}\n{match.start()}"] = entry
    return entries


def _decoded(line: str) -> tuple[dict[str, Any] | None, int]:
    """The JSON at the beginning of a line, and its length; it may stand inside of a JSON string."""
    for read in (_plain, _in_a_string):
        try:
            value, length = read(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            return value, length
    return None, len(line)


def _plain(text: str) -> tuple[Any, int]:
    return json.JSONDecoder().raw_decode(text)


def _in_a_string(text: str) -> tuple[Any, int]:
    inner, length = json.JSONDecoder().raw_decode(f'"{text}')
    return _plain(str(inner))[0], length - 1


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

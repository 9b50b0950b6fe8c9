"""Exports in formats without comments (JSON): jobs by the URLs or commands beside their times."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from jobs_api.importers.common.call import is_ours
from jobs_api.importers.common.cron_fields import BadSchedule, checked
from jobs_api.importers.common.entry import Entry
from jobs_api.importers.common.triggers import of_path

ZONES = ("timezone", "timeZone", "time_zone")
SURPLUS = "Several lines stand for this job, one for each offset of its zone: declare its local time by hand."


def entries(text: str) -> Iterator[Entry]:
    """The jobs of a JSON document; empty if it is none."""
    found: dict[str, list[tuple[str, str]]] = {}
    try:
        for name, line, zone in _calls(json.loads(text), {}):
            found.setdefault(name, []).append((line, zone))
    except (ValueError, RecursionError):
        return
    for name, times in found.items():
        if len(set(times)) > 1:
            original = tuple(f"{name}: {line} ({zone})" for line, zone in times)
            yield Entry(original=original, reason=SURPLUS)
        else:
            line, zone = times[0]
            yield Entry(fields={"name": name, "schedule": line, "timezone": zone})


def _calls(value: Any, around: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Name, line and zone of each object that calls one of our URLs and has a cron line beside it."""
    if isinstance(value, list):
        for item in value:
            yield from _calls(item, around)
    elif isinstance(value, Mapping):
        known = {**around, **{key: item for key, item in value.items() if isinstance(item, str)}}
        name = next((name for item in value.values() if (name := _name(item))), None)
        line = next((line for item in known.values() if (line := _line(item))), None)
        if name and line:
            zone = next((str(known[key]) for key in ZONES if key in known), "UTC")
            yield name, line, zone
            return
        for item in value.values():
            yield from _calls(item, known)


def _name(item: Any) -> str | None:
    fields = of_path(item) if isinstance(item, str) else None
    if fields is None or not is_ours(fields["command"]) or not fields.get("args"):
        return None
    return str(fields["args"][0])


def _line(item: Any) -> str | None:
    try:
        return checked(item) if isinstance(item, str) and len(item.split()) == 5 else None
    except BadSchedule:
        return None

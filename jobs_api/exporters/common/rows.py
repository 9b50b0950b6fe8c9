"""One scheduled thing per cron line, with a name that its platform takes: for platforms where each has a
name.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator

from jobs_api.exporters.common.plan import Entry, Plan

DIGEST = 6
"""How many characters tell two names apart that would be one."""


@dataclasses.dataclass(frozen=True)
class Row:
    """One cron line of an entry."""

    entry: Entry
    line: str
    name: str
    """Unique in its plan, and the same in each export."""


def rows(plan: Plan, *, limit: int = 100, spelled: Callable[[str], str] = str) -> list[Row]:
    """A row for each line of each entry; `spelled` writes a name with the platform's characters only."""
    raw = [(entry, number, name) for entry in plan.entries for number, name in _numbered(entry)]
    often = Counter(spelled(name) for _, _, name in raw)
    return [
        Row(entry, entry.lines[number - 1], _fitted(entry, number, spelled(name), limit, often))
        for entry, number, name in raw
    ]


def named(plan: Plan, *, limit: int = 100, spelled: Callable[[str], str] = str) -> list[tuple[Entry, str]]:
    """Each entry with its name, for platforms where one thing has several lines."""
    found = rows(plan, limit=limit, spelled=spelled)
    return [(row.entry, row.name) for row in found if row.line is row.entry.lines[0]]


def dns_name(name: str) -> str:
    """With lower-case letters, digits and single dashes; it begins and ends with a letter or digit."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "job"


def _numbered(entry: Entry) -> Iterator[tuple[int, str]]:
    for number, _ in enumerate(entry.lines, 1):
        yield number, entry.name if number == 1 else f"{entry.name}-{number}"


def _fitted(entry: Entry, number: int, name: str, limit: int, often: Counter[str]) -> str:
    """A job that is called run-due leaves that name to run-due."""
    if len(name) <= limit and (often[name] == 1 or entry.job is None):
        return name
    # Not of the name: the second line of the job "a" is called as the first one of the job "a-2".
    digest = hashlib.sha256(f"{entry.name}/{number}".encode()).hexdigest()[:DIGEST]
    return f"{name[: limit - DIGEST - 1].rstrip('-_')}-{digest}"

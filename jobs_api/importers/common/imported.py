"""Run one importer, and say what came of it."""

from __future__ import annotations

import dataclasses
from itertools import islice
from typing import Any

from jobs_api.importers.common import markers
from jobs_api.importers.common.collect import collected
from jobs_api.importers.common.entry import Entry, Unreadable
from jobs_api.importers.common.importer import Importer, Source
from jobs_api.importers.common.printing import jobs_py
from jobs_api.text import unbroken
from jobs_api.text.secrets import masked

MOST = 20_000
"""Entries: times and jobs of a workflow multiply."""


@dataclasses.dataclass(frozen=True)
class Imported:
    """What an import has found."""

    name: str
    importer: Importer
    entries: tuple[Entry, ...]
    head: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The jobs.py."""
        return jobs_py(f"jobs_import {self.name}", self.head, self.entries)

    @property
    def summary(self) -> str:
        """One line: how much was carried over, and how much was not."""
        jobs = sum(entry.is_job for entry in self.entries)
        left = sum(bool(entry.reason) for entry in self.entries)
        noted = sum(bool(entry.notes) and not entry.reason for entry in self.entries)
        told = f"{_counted(jobs, 'job')}, {left} not carried over, {noted} with notes."
        return f"{told} The comments tell why." if left or noted else told

    @property
    def as_json(self) -> list[dict[str, Any]]:
        """The same for programs."""
        return [
            {
                "job": dict(entry.fields) if entry.fields is not None else None,
                "original": [unbroken(masked(line)) for line in entry.original],
                "notes": list(entry.notes),
                "reason": masked(entry.reason) or None,
            }
            for entry in self.entries
        ]


def run(name: str, importer: Importer, source: Source) -> Imported:
    """Read the source.

    Raises:
        Unreadable: it cannot be read at all.
    """
    marked = markers.found(source.text) if importer.reads_file else {}
    entries = tuple(islice(collected(importer.read(source), marked), MOST + 1))
    if len(entries) > MOST:
        raise Unreadable(f"It holds more than {MOST} entries: split it.")
    return Imported(name, importer, entries, importer.head(source))


def _counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"

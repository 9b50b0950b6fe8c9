"""The table of trigger counts: it adds to a row, and lets a job and day have so many sources at most."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.db.models import F, QuerySet

from jobs_api.database import alias
from jobs_api.models import TriggerCount

SOURCES = 50
OTHER = "(other)"
GATE = "(gate)"
"""The outcome of a row that is never committed: a process that adds a source locks it, and others wait."""
Place = tuple[str, date]
"""Job and day."""
Key = tuple[str, date, str, str]
"""Job, day, source, outcome."""


def add(key: Key, number: int) -> set[str] | None:
    """Add so many; returns the sources that have a place by now, where they were read."""
    if _increase(key, number):
        return None
    job_name, day, source, outcome = key
    known = None if source == OTHER else _admitted((job_name, day), source, outcome)
    if known is not None and source not in known:
        key = (job_name, day, OTHER, outcome)
    _insert(key)
    _increase(key, number)
    return known


def _admitted(place: Place, source: str, outcome: str) -> set[str]:
    """The sources that have one of the places of this job and day; this one among them, if one is free."""
    known = _stored(place)
    if source not in known and len(known) < SOURCES:
        return _take_place(place, source, outcome)
    return known


def _take_place(place: Place, source: str, outcome: str) -> set[str]:
    """Add the source if there is a place, one process after the other; returns all sources."""
    job_name, day = place
    with transaction.atomic(alias()):
        gate = _rows().create(job_name=job_name, day=day, source=OTHER, outcome=GATE)
        known = _stored(place)
        if len(known) < SOURCES:
            _insert((job_name, day, source, outcome))
            known.add(source)
        gate.delete()
    return known


def _stored(place: Place) -> set[str]:
    job_name, day = place
    named = _rows().filter(job_name=job_name, day=day).exclude(source=OTHER)
    return set(named.values_list("source", flat=True).distinct())


def _insert(key: Key) -> None:
    """With nothing counted yet; one that is there stays as it is."""
    job_name, day, source, outcome = key
    row = TriggerCount(job_name=job_name, day=day, source=source, outcome=outcome)
    _rows().bulk_create([row], ignore_conflicts=True)


def _increase(key: Key, number: int) -> int:
    job_name, day, source, outcome = key
    same = _rows().filter(job_name=job_name, day=day, source=source, outcome=outcome)
    return same.update(count=F("count") + number)


def _rows() -> QuerySet[TriggerCount]:
    return TriggerCount.objects.using(alias())

"""What each source did in each hour: written beside the sources, once a minute, and kept for eight days."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import QuerySet

from jobs_api.database import alias
from jobs_api.models import SourceHour
from jobs_api.monitoring.histograms import FINE, Histogram

KEPT = timedelta(days=8)
TRIES = 5


class Calls(NamedTuple):
    """What was written of a source; those of a minute count to the hour in which the last one came."""

    source: str
    actor: str
    last: datetime
    calls: int
    wins: int
    lates: list[float]
    """How many seconds after their slots its triggers came, where that says something about it."""

    @property
    def hour(self) -> datetime:
        """When the hour began."""
        return self.last.replace(minute=0, second=0, microsecond=0)


def write(written: Collection[Calls], now: datetime) -> None:
    """Add these: one statement reads them, one writes each; one deletes old hours when an hour begins."""
    if not written:
        return
    there = _read(written)
    new = {_key(each) for each in written} - there.keys()
    if new:
        made = [SourceHour(source=source, actor=actor, hour=hour) for source, actor, hour in sorted(new)]
        _rows().bulk_create(made, ignore_conflicts=True)
        _rows().filter(hour__lt=now - KEPT).delete()
        there = _read(written)
    for each in written:
        _add(each, there.get(_key(each)))


def _key(each: Calls) -> tuple[str, str, datetime]:
    return each.source, each.actor, each.hour


def _read(written: Collection[Calls]) -> dict[tuple[str, str, datetime], SourceHour]:
    found = _rows().filter(hour__in={each.hour for each in written})
    return {(row.source, row.actor, row.hour): row for row in found}


def _add(each: Calls, row: SourceHour | None) -> None:
    """Add to the row as it was read; other processes may change it meanwhile, and an operator forget it."""
    same = _rows().filter(source=each.source, actor=each.actor, hour=each.hour)
    for _ in range(TRIES):
        if row is None:
            return
        lateness = Histogram(FINE)
        lateness.read(row.lateness)
        for seconds in each.lates:
            lateness.note(seconds)
        counted = {"calls": row.calls + each.calls, "wins": row.wins + each.wins}
        if same.filter(calls=row.calls, wins=row.wins).update(**counted, lateness=lateness.stored()):
            return
        row = same.first()


def forget(source: str, actor: str) -> None:
    """Delete the hours of a source."""
    _rows().filter(source=source, actor=actor).delete()


def _rows() -> QuerySet[SourceHour]:
    return SourceHour.objects.using(alias())

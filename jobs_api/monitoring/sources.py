"""Who calls: of each source when it last triggered, when it last called run-due, and what came of it.

A call is noted in memory, without a statement, and written at most once a minute by the thread that writes
the trigger counts. A source is a platform with the token or user that called. Callers choose the first half,
so the second has `EACH` places for its sources (processes that write at the same moment may each fill them),
and all others are one: `OTHER`. The table has at most `MOST` rows.

The times are the database's. Several processes write the same row: its times only grow, except where they lie
ahead of the database's clock, and each write repeats what it has read.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from jobs_api.database import alias, guess
from jobs_api.models import TriggerSource
from jobs_api.runs.types import RUN_DUE

OTHER = "(other)"
EACH = 20
MOST = 200
KEYS = 1000
"""At most this many different sources between two writes."""
NOTED = 50
"""Of them, of one token or user: it must not keep the calls of others from being noted."""
KEPT = timedelta(days=30)
"""A source that was silent for longer gives up its place to a new one of the same token or user."""
STARTED = ("succeeded", "failed", "accepted")
"""Outcomes of triggers that started an attempt."""
FORGET_AFTER = 8
"""The longest time between two calls counts half after so many times of that length."""
AHEAD = timedelta(minutes=1)
TRIES = 5
Key = tuple[str, str]
"""Source, and the token or user that called."""


@dataclasses.dataclass(slots=True)
class Tally:
    """The calls of one source since the last write."""

    first: datetime
    last: datetime
    calls: int = 0
    wins: int = 0
    last_trigger: datetime | None = None
    last_run_due: datetime | None = None

    def add(self, other: Tally) -> None:
        """Add calls that were made before these, and could not be written."""
        self.first = min(self.first, other.first)
        self.calls, self.wins = self.calls + other.calls, self.wins + other.wins
        self.last_trigger = self.last_trigger or other.last_trigger
        self.last_run_due = self.last_run_due or other.last_run_due


tallies: dict[Key, Tally] = {}
"""Used with the lock of `trigger_counts.writer` held."""


def note(source: str, actor: str, kind: str, outcome: str, at: datetime) -> None:
    """Note a trigger, or a call of run-due (its outcome is `RUN_DUE`); what such a call starts is no call."""
    tally = tallies.get((source, actor))
    if tally is None:
        tally = tallies.setdefault(_noted(source, actor), Tally(at, at))
    if outcome in STARTED:
        tally.wins += 1
    if outcome == RUN_DUE:
        tally.calls += 1
        tally.last = tally.last_run_due = at
    elif kind != RUN_DUE:
        tally.calls += 1
        tally.last = tally.last_trigger = at


def _noted(source: str, actor: str) -> Key:
    """As what a new source is noted."""
    if len(tallies) >= KEYS:
        return OTHER, ""
    return (source if sum(other == actor for _, other in tallies) < NOTED else OTHER), actor


def put_back(taken: dict[Key, Tally]) -> None:
    """Keep what could not be written; called with the lock held."""
    for key, tally in taken.items():
        if key in tallies:
            tallies[key].add(tally)
        else:
            tallies[key] = tally


def write(taken: dict[Key, Tally]) -> None:
    """Write these calls; what is written is removed from `taken`, the rest stays for the next time."""
    if not taken:
        return
    known, now = list(_rows()), guess()
    for key in list(taken):
        if _write(_place(key, known, now), taken[key], now):
            del taken[key]
    _keep_few(known)


def _place(key: Key, known: list[TriggerSource], now: datetime) -> Key:
    """The row for these calls: the source's own, a new one, or that of all others of this token or user."""
    source, actor = key
    mine = [row for row in known if row.actor == actor and row.source != OTHER]
    if source == OTHER or any(row.source == source for row in mine):
        return key
    if len(mine) >= EACH:
        oldest = min(mine, key=lambda row: row.last_at)
        if now - oldest.last_at <= KEPT:
            return OTHER, actor
        _delete([oldest])
        known.remove(oldest)
    known.append(TriggerSource(source=source, actor=actor, last_at=now))
    return key


def _keep_few(known: Collection[TriggerSource]) -> None:
    """Delete the rows that were silent longest, beyond `MOST`."""
    if len(known) > MOST:
        _delete(list(_rows().order_by("-last_at", "-pk")[MOST:]))


def _write(key: Key, tally: Tally, now: datetime) -> bool:
    """Add the calls to the row as it was read; False if other processes kept changing it."""
    same = _rows().filter(source=key[0], actor=key[1])
    for _ in range(TRIES):
        row = same.first()
        if row is None:
            new = TriggerSource(source=key[0], actor=key[1], first_at=tally.first, last_at=tally.first)
            _rows().bulk_create([new], ignore_conflicts=True)
        elif same.filter(calls=row.calls, wins=row.wins).update(**_merged(row, tally, now)):
            return True
    return False


def _merged(row: TriggerSource, tally: Tally, now: datetime) -> dict[str, Any]:
    """The columns with these calls. A time that lies ahead of the clock was written by one that was wrong."""

    def latest(stored: datetime | None, noted: datetime | None) -> datetime | None:
        if stored is None or noted is None or stored > now + AHEAD:
            return noted or stored
        return max(stored, noted)

    return {
        "first_at": min(row.first_at, tally.first),
        "last_at": latest(row.last_at, tally.last),
        "last_trigger_at": latest(row.last_trigger_at, tally.last_trigger),
        "last_run_due_at": latest(row.last_run_due_at, tally.last_run_due),
        "calls": row.calls + tally.calls,
        "wins": row.wins + tally.wins,
        "gap": longest(row.gap, (tally.first - row.last_at).total_seconds()),
    }


def longest(before: float, gap: float) -> float:
    """The longest time between two calls lately, in seconds: a caller on weekdays has one of three days."""
    if gap <= 0 or not before:
        return max(gap, before)
    return float(max(gap, before * 0.5 ** (gap / (FORGET_AFTER * before))))


def _rows() -> QuerySet[TriggerSource]:
    return TriggerSource.objects.using(alias())


def _delete(rows: Collection[TriggerSource]) -> None:
    _rows().filter(pk__in=[row.pk for row in rows]).delete()

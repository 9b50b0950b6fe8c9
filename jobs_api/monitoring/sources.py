"""Who calls: of each source when it last triggered and called run-due, what came of it, and how late.

A call is noted in memory, without a statement, and written at most once a minute by the thread that writes
the trigger counts. A source is a platform with the token or user that called. Callers choose the first half,
so the second has `EACH` places for its sources (processes that write at the same moment may each fill them),
and all others are one: `OTHER`. The table has at most `MOST` rows.

The times are the database's. Several processes write the same row: its times only grow, except where they lie
ahead of the database's clock, and each write repeats what it has read.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from jobs_api.database import alias, guess
from jobs_api.models import TriggerSource
from jobs_api.monitoring import source_hours, source_jobs
from jobs_api.monitoring.measures import Lateness, longest
from jobs_api.monitoring.source_hours import Calls
from jobs_api.monitoring.source_jobs import AHEAD, KEPT
from jobs_api.monitoring.tallies import Tally

OTHER = "(other)"
EACH = 20
MOST = 200
KEYS = 1000
"""At most this many different sources between two writes."""
NOTED = 50
"""Of them, of one token or user: it must not keep the calls of others from being noted."""
TRIES = 5
Key = tuple[str, str]
"""Source, and the token or user that called."""


tallies: dict[Key, Tally] = {}
"""Used with the lock of `trigger_counts.writer` held."""


def note(
    source: str,
    actor: str,
    kind: str,
    outcome: str,
    at: datetime,
    job: str,
    late: tuple[datetime, float] | None,
) -> None:
    """Note a call: see `Tally.note`."""
    tally = tallies.get((source, actor))
    if tally is None:
        tally = tallies.setdefault(_noted(source, actor), Tally(at, at))
    tally.note(kind, outcome, at, job, late)


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
    known, now, written = list(_rows()), guess(), []
    for key in list(taken):
        calls = _write(_place(key, known, now), taken[key], now)
        if calls is not None:
            written.append(calls)
            del taken[key]
    _keep_few(known)
    source_hours.write(written, now)


def _place(key: Key, known: list[TriggerSource], now: datetime) -> Key:
    """The row for these calls: the source's own, a new one, or that of all others of this token or user."""
    source, actor = key
    mine = [row for row in known if row.actor == actor and row.source != OTHER]
    if source == OTHER or any(row.source == source for row in mine):
        return key
    if len(mine) >= EACH:
        oldest = min(mine, key=lambda row: row.last_at)
        if now - oldest.last_at <= KEPT:  # one that was silent for longer gives up its place
            return OTHER, actor
        _delete([oldest])
        known.remove(oldest)
    known.append(TriggerSource(source=source, actor=actor, last_at=now))
    return key


def _keep_few(known: Collection[TriggerSource]) -> None:
    """Delete the rows that were silent longest, beyond `MOST`."""
    if len(known) > MOST:
        _delete(list(_rows().order_by("-last_at", "-pk")[MOST:]))


def _write(key: Key, tally: Tally, now: datetime) -> Calls | None:
    """Add the calls to the row as it was read; None if other processes kept changing it."""
    same = _rows().filter(source=key[0], actor=key[1])
    for _ in range(TRIES):
        row = same.first()
        if row is None:
            new = TriggerSource(source=key[0], actor=key[1], first_at=tally.first, last_at=tally.first)
            _rows().bulk_create([new], ignore_conflicts=True)
            continue
        columns, lates = _merged(row, tally, now)
        if same.filter(calls=row.calls, wins=row.wins).update(**columns):
            return Calls(*key, min(tally.last, now), tally.calls, tally.wins, lates)
    return None


def _merged(row: TriggerSource, tally: Tally, now: datetime) -> tuple[dict[str, Any], list[float]]:
    """The columns with these calls, and how late those came that say something.

    A time that lies ahead of the clock was written by one that was wrong.
    """

    def latest(stored: datetime | None, noted: datetime | None) -> datetime | None:
        if stored is None or noted is None or stored > now + AHEAD:
            return noted or stored
        return max(stored, noted)

    elapsed = (tally.first - row.last_at).total_seconds()
    jobs, lates = source_jobs.merged(row.jobs, tally, now)
    late = Lateness(row.last_late, row.usual_late, row.worst_late).after(lates, elapsed)
    columns = {
        "first_at": min(row.first_at, tally.first),
        "last_at": latest(row.last_at, tally.last),
        "last_trigger_at": latest(row.last_trigger_at, tally.last_trigger),
        "last_run_due_at": latest(row.last_run_due_at, tally.last_run_due),
        "calls": row.calls + tally.calls,
        "wins": row.wins + tally.wins,
        "gap": longest(row.gap, elapsed),
        "last_late": late.last,
        "usual_late": late.usual,
        "worst_late": late.worst,
        "jobs": jobs,
    }
    return columns, lates


def _rows() -> QuerySet[TriggerSource]:
    return TriggerSource.objects.using(alias())


def _delete(rows: Collection[TriggerSource]) -> None:
    _rows().filter(pk__in=[row.pk for row in rows]).delete()

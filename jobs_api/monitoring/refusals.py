"""The last calls that were refused: for whoever sets up a caller, and does not see its answers.

They are noted in memory and written at most once a minute, with the trigger counts. Who sends bad tokens
without end causes no more than that: in memory and in the table there are `MOST` of them, at most `ALIKE` of
one kind, so that a flood from many addresses hides no other. A process that is killed loses its last minute.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from operator import attrgetter

from django.db.models import QuerySet

from jobs_api.database import alias
from jobs_api.exceptions import BadInput, NotFound, Problem
from jobs_api.models import RefusedCall
from jobs_api.text import one_line
from jobs_api.text.secrets import masked

MOST, ALIKE = 20, 8
STATUSES = (401, 403, 404, 405, 408, 411, 413, 422, 429)
"""A call that got one of these asked for nothing."""
Key = tuple[str, int, str]
"""Address, status, reason."""
Times = tuple[datetime, int]
"""When it last came, and how often."""

noted: dict[Key, Times] = {}
"""Those of before first; used with the lock of `trigger_counts.writer` held."""


def note(address: str, status: int, reason: str, at: datetime) -> None:
    """Note one; takes no time where it is one of those that were noted already."""
    key = (one_line(address)[:100], status, reason)
    before = noted.pop(key, None)
    noted[key] = (at, before[1] + 1 if before else 1)
    if len(noted) > MOST:
        _make_room(status, reason)


def _make_room(status: int, reason: str) -> None:
    """Leave out the oldest of this kind if there are too many of it, else the oldest of all."""
    alike = [key for key in noted if key[1:] == (status, reason)]
    del noted[alike[0] if len(alike) > ALIKE else next(iter(noted))]


def write(taken: Mapping[Key, Times]) -> None:
    """Keep the newest of these and of those in the table: two statements."""
    rows = {(row.address, row.status, row.reason): row for row in _rows()}
    merged: dict[Key, Times] = {key: (row.at, row.times) for key, row in rows.items()}
    for (address, status, reason), (at, times) in taken.items():
        key = (address, status, shown(reason))
        before = merged.get(key, (at, 0))
        merged[key] = (max(at, before[0]), before[1] + times)
    chosen = _chosen(merged)
    free = iter(sorted(set(range(MOST)) - {rows[key].place for key in chosen if key in rows}))
    made = [_row(key, merged[key], rows[key].place if key in rows else next(free)) for key in chosen]
    fields = ("at", "address", "status", "reason", "times")
    made.sort(key=attrgetter("place"))  # processes that write at once lock the rows in one order
    _rows().bulk_create(made, update_conflicts=True, unique_fields=["place"], update_fields=fields)


def _chosen(merged: Mapping[Key, Times]) -> list[Key]:
    alike: Counter[tuple[int, str]] = Counter()
    chosen: list[Key] = []
    for key in sorted(merged, key=lambda each: merged[each][0], reverse=True):
        alike[key[1:]] += 1
        if alike[key[1:]] <= ALIKE and len(chosen) < MOST:
            chosen.append(key)
    return chosen


def _row(key: Key, times: Times, place: int) -> RefusedCall:
    address, status, reason = key
    return RefusedCall(
        place=place, at=times[0], address=address, status=status, reason=reason, times=times[1]
    )


def reason_of(error: Problem) -> str:
    """Why it was refused. Of a value that is wrong only that: a caller may have put a secret there."""
    if isinstance(error, NotFound):  # it names what the caller has asked for
        return shown(masked(error.detail[:1000]))
    return error.why or (error.title if isinstance(error, BadInput) else error.detail)


def shown(reason: str) -> str:
    """In one line, as far as it is stored."""
    return one_line(reason[:1000])[:200]


def _rows() -> QuerySet[RefusedCall]:
    return RefusedCall.objects.using(alias())

"""How the check-ins go: one row for each monitor, for whoever asks why a monitor hears nothing.

The rows are shared by all processes and written off the job's way: at once when a monitor begins to fail or
works again, else at most once a minute over all hosts.
"""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta

from django.db.models import F, QuerySet

from jobs_api.check_ins import settings
from jobs_api.database import alias
from jobs_api.models import AlertTurn

WRITE_EVERY = timedelta(seconds=60)
PREFIX = "check_in:"


@dataclasses.dataclass(frozen=True, slots=True)
class Standing:
    """One monitor, or the dead man's switch."""

    name: str
    """ "healthchecks", "sentry", "cronitor" or "dead_man"."""
    last_success: datetime | None
    """When it last took a check-in, by the database's clock, to the minute; None: never."""
    failing_since: datetime | None
    failures: int
    """How many check-ins have been given up since then."""
    reason: str
    """Why the last one was, in one line without secrets."""


def status() -> list[Standing]:
    """Of each monitor that is configured; one statement, none where there are no check-ins."""
    names = settings.configured()
    if not names:
        return []
    rows = {row.name.removeprefix(PREFIX): row for row in _rows().filter(name__startswith=PREFIX)}
    return [_standing(name, rows.get(name)) for name in names]


def _standing(name: str, row: AlertTurn | None) -> Standing:
    if row is None:
        return Standing(name, None, None, 0, "")
    return Standing(name, row.ended_at, row.failing_since, row.failures, row.error)


def succeeded(name: str, *, at: datetime) -> None:
    """It took a check-in: written if that is news."""
    row = _row(name).first()
    columns = {"at": at, "ended_at": at, "error": "", "failing_since": None, "failures": 0}
    if row is None:
        _insert(name, **columns)
    elif row.failing_since or row.ended_at is None or row.ended_at < at - WRITE_EVERY:
        _row(name).update(**columns)


def failed(name: str, why: str, *, times: int, at: datetime) -> None:
    """So many check-ins were given up, the last one for this reason."""
    columns = {"at": at, "error": why[:500]}
    if _row(name).filter(failing_since=None).update(**columns, failing_since=at, failures=times):
        return
    if not _row(name).update(**columns, failures=F("failures") + times):
        _insert(name, **columns, failing_since=at, failures=times)


def take_turn(name: str, *, at: datetime) -> bool:
    """Whether a minute has passed since any process took the last turn; if so, this one has it."""
    taken = _row(name).filter(at__lte=at - WRITE_EVERY).update(at=at)
    return bool(taken) or _rows().get_or_create(name=PREFIX + name, defaults={"at": at})[1]


def turn_succeeded(name: str, *, at: datetime) -> None:
    """What the turn was taken for went well."""
    _row(name).update(ended_at=at, error="", failing_since=None, failures=0)


def _insert(name: str, **columns: object) -> None:
    """The first row; another process may have been faster, and then it says nearly the same."""
    _rows().bulk_create([AlertTurn(name=PREFIX + name, **columns)], ignore_conflicts=True)


def _row(name: str) -> QuerySet[AlertTurn]:
    return _rows().filter(name=PREFIX + name)


def _rows() -> QuerySet[AlertTurn]:
    return AlertTurn.objects.using(alias())

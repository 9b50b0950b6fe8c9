"""Turns: what any process may do, and one at a time does. The database's row and clock decide whose it is."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from jobs_api.database import alias
from jobs_api.models import AlertTurn

EVALUATE = "evaluate"
"""The turn of the evaluation."""
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
AHEAD = timedelta(minutes=1)
"""A turn that lies further ahead was taken by a clock that was wrong: it is nobody's."""


@dataclasses.dataclass(frozen=True, slots=True)
class Turn:
    """A turn that this process has."""

    name: str
    at: datetime
    """When it began; no other turn of this name has begun at that moment."""
    before: datetime | None
    """When the last one began; None: this is the first."""

    def stands(self) -> bool:
        """Whether nobody has taken the next one. In a transaction nobody can until its end."""
        return bool(self._rows().update(at=self.at))

    def end(self, at: datetime) -> None:
        """It ended well."""
        self._rows().update(ended_at=at, error="", failing_since=None, failures=0)

    def fail(self, error: str, at: datetime) -> None:
        """It went wrong; the next one begins when this one would be given up."""
        _fail(self._rows(), error, at)

    def _rows(self) -> QuerySet[AlertTurn]:
        return _rows(self.name).filter(at=self.at)


def take(name: str, at: datetime, *, every: timedelta, given_up: timedelta) -> Turn | datetime:
    """Take the turn; if it is not time yet, or another process is faster, when the present one began.

    Args:
        at: what time it is, by the database's clock.
        every: how long after the beginning of a turn that has ended the next may begin.
        given_up: how long after the beginning of one that has not ended: its process was killed.
    """
    turns = _rows(name)
    seen = turns.first()
    if seen is None:
        AlertTurn.objects.using(alias()).bulk_create(
            [AlertTurn(name=name, at=NEVER, ended_at=NEVER)], ignore_conflicts=True
        )
    elif not _is_free(seen, at, every, given_up):  # most often: a read locks nothing
        return seen.at
    free = Q(at__lte=at - every, ended_at__gte=F("at")) | Q(at__lte=at - given_up) | Q(at__gt=at + AHEAD)
    if not turns.filter(free).update(at=at):
        return at
    before = None if seen is None or seen.at == NEVER else min(seen.at, at)
    return Turn(name, at, before)


def alone(name: str, at: datetime) -> None:
    """Do what follows in this transaction alone: another process that asks for it waits for its end.

    It sees what this one has written then. At most three statements; one where it was asked for before.
    """
    if not _rows(name).update(at=at):
        first = AlertTurn(name=name, at=at, ended_at=at)
        AlertTurn.objects.using(alias()).bulk_create([first], ignore_conflicts=True)
        _rows(name).update(at=at)  # if another one was faster, this waits for it


def fail(name: str, error: str, at: datetime) -> None:
    """It went wrong before anybody could take the turn."""
    if not _fail(_rows(name), error, at):
        failed = AlertTurn(name=name, at=NEVER, ended_at=NEVER, error=error, failing_since=at, failures=1)
        AlertTurn.objects.using(alias()).bulk_create([failed], ignore_conflicts=True)


def recover(name: str) -> None:
    """It goes well again, and there is nothing to take the turn for."""
    failing = _rows(name).filter(failing_since__isnull=False)
    if failing.exists():  # most often it is not: a read locks nothing
        failing.update(error="", failing_since=None, failures=0)


def _fail(rows: QuerySet[AlertTurn], error: str, at: datetime) -> int:
    since = Coalesce(F("failing_since"), Value(at))
    return rows.update(error=error, failing_since=since, failures=F("failures") + 1)


def _is_free(seen: AlertTurn, at: datetime, every: timedelta, given_up: timedelta) -> bool:
    ended = seen.ended_at is not None and seen.ended_at >= seen.at
    return seen.at <= at - (every if ended else given_up) or seen.at > at + AHEAD


def _rows(name: str) -> QuerySet[AlertTurn]:
    return AlertTurn.objects.using(alias()).filter(name=name)

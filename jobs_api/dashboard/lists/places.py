"""Where a page of runs ended: the next one goes on there, so that new runs move nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.db.models import Q

from jobs_api.text.numbers import LARGEST_ID, whole

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = 250_000_000_000_000_000
"""Microseconds to the year 9892."""


class Place(NamedTuple):
    """Of a run in a list: by its id, or by its slot and its id."""

    pk: int
    slot: datetime | None = None

    @classmethod
    def of(cls, text: str, *, by_slot: bool) -> Place | None:
        """From an address; None where it has none, or one of another list."""
        micros, dot, number = text.partition(".")
        pk = whole(number if dot else micros, LARGEST_ID)
        if pk is None or bool(dot) is not by_slot:
            return None
        if not by_slot:
            return cls(pk)
        passed = whole(micros, LATEST)
        return None if passed is None else cls(pk, EPOCH + timedelta(microseconds=passed))

    def __str__(self) -> str:
        """For an address."""
        if self.slot is None:
            return str(self.pk)
        return f"{max(round((self.slot - EPOCH) / timedelta(microseconds=1)), 0)}.{self.pk}"

    @property
    def behind(self) -> Q:
        """What comes after it, newest first; the first condition is the one that an index serves."""
        if self.slot is None:
            return Q(pk__lt=self.pk)
        return Q(run_date__lte=self.slot) & (Q(run_date__lt=self.slot) | Q(pk__lt=self.pk))

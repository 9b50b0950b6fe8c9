"""The hour that a run compares."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from django.utils import timezone


class Hour(NamedTuple):
    """The 60 minutes before a slot; `end`, the slot itself, is not part of them."""

    start: datetime
    end: datetime

    @classmethod
    def before(cls, slot: datetime) -> Hour:
        """The hour that the run of this slot compares."""
        return cls(slot - timedelta(hours=1), slot)

    def holds(self, moment: datetime | None) -> bool:
        """Whether `moment` lies in it."""
        return moment is not None and self.start <= moment < self.end

    def __str__(self) -> str:
        """In the zone of the settings."""
        start, end = timezone.localtime(self.start), timezone.localtime(self.end)
        return f"{start:%Y-%m-%d %H:%M} to {end:%H:%M}"

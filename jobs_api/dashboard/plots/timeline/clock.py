"""Times in the titles of marks: thousands on a page, so each day is put into words once."""

from __future__ import annotations

from datetime import date, datetime, tzinfo

from django.utils.formats import date_format

from jobs_api.dashboard import times


class Clock:
    """Tells times in the viewer's zone.

    Args:
        at: what time it is: the day of today needs no name.
    """

    def __init__(self, zone: tzinfo, at: datetime) -> None:
        self._zone = zone
        self._days: dict[date, str] = {at.astimezone(zone).date(): ""}

    def short(self, instant: datetime) -> str:
        """ "08:42", or "Wed 25 Nov 20:00" on another day."""
        local = instant.astimezone(self._zone)
        day = local.date()
        if day not in self._days:
            self._days[day] = times.written(local, "D j M") + " "
        return f"{self._days[day]}{local.hour:02d}:{local.minute:02d}"

    def weekday(self, instant: datetime) -> str:
        """ "Fri 09:00": of a time that is near."""
        local = instant.astimezone(self._zone)
        return f"{date_format(local, 'D')} {local.hour:02d}:{local.minute:02d}"

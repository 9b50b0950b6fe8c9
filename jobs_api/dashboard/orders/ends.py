"""The ends of a pause, a mute or an acknowledgement that somebody may choose, and how each is said."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from jobs_api.dashboard import times
from jobs_api.schedule.written_time import in_utc, parsed

MORNING = time(9)
OWN, OPEN = "own", "open"
"""The values of the choices without an instant: a time that is written beside, and no end."""


class End(NamedTuple):
    """One choice."""

    value: str
    """An instant in ISO 8601: what was shown is what is done, however long the form was open."""
    label: str


def offered(at: datetime, zone: ZoneInfo) -> list[End]:
    """An hour from now, this morning if it is night, tomorrow's, and Monday's if that is another day.

    All in the viewer's zone.
    """
    local = at.astimezone(zone)
    hour = (local + timedelta(minutes=1)).replace(second=0, microsecond=0)
    hour = in_utc(hour) + timedelta(hours=1)
    today, tomorrow = _morning(local, 0), _morning(local, 1)
    days = (7 - local.weekday()) % 7 or 7
    found = [
        End(_value(hour), _("1 hour, to %(time)s") % {"time": _clock(hour, zone)}),
        End(_value(tomorrow), _("Tomorrow, %(day)s") % {"day": said(tomorrow, zone)}),
    ]
    if hour < today:
        found.insert(1, End(_value(today), _("This morning, %(day)s") % {"day": said(today, zone)}))
    if days > 1:
        monday = _morning(local, days)
        found.append(
            End(_value(monday), times.written(monday.astimezone(zone), "l, j M") + " " + _clock(monday, zone))
        )
    return found


def said(end: datetime, zone: ZoneInfo) -> str:
    """ "Fri 27 Nov 09:00", in the viewer's zone."""
    return f"{times.written(end.astimezone(zone), 'D j M')} {_clock(end, zone)}"


def said_shortly(end: datetime, at: datetime, zone: ZoneInfo) -> str:
    """As a button says it: "09:42" today, "Fri 09:00" within a week, "Fri 11 Dec 09:00" later."""
    there, here = end.astimezone(zone), at.astimezone(zone)
    if there.date() == here.date():
        return _clock(end, zone)
    if there.date() - here.date() < timedelta(days=7):
        return f"{date_format(there, 'D')} {_clock(end, zone)}"
    return (
        said(end, zone) if there.year == here.year else f"{times.written(there, 'j M Y')} {_clock(end, zone)}"
    )


def instant(value: str) -> datetime | None:
    """What a choice means; None for none, or for a time that is written beside."""
    return None if value in (OWN, OPEN) else parsed(value)


def values(offers: Sequence[End]) -> list[tuple[str, str]]:
    """As the choices of a field."""
    return [(each.value, each.label) for each in offers]


def _morning(local: datetime, days: int) -> datetime:
    """Nine o'clock so many days later; where no clock shows that, the instant at which it would."""
    wall = datetime.combine(local.date() + timedelta(days=days), MORNING, local.tzinfo)
    return in_utc(wall)


def _value(end: datetime) -> str:
    return end.isoformat().replace("+00:00", "Z")


def _clock(end: datetime, zone: ZoneInfo) -> str:
    return end.astimezone(zone).strftime("%H:%M")

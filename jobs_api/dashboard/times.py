"""Times and spans in words; every time names its zone, or stands on a page that does."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache

from django.utils.formats import date_format, get_format
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext as _

DAY = timedelta(days=1)
DATES = {
    "D j": pgettext_lazy("date format", "D j"),
    "j M": pgettext_lazy("date format", "j M"),
    "D j M": pgettext_lazy("date format", "D j M"),
    "l, j M": pgettext_lazy("date format", "l, j M"),
    "j M Y": pgettext_lazy("date format", "j M Y"),
    "D j M Y": pgettext_lazy("date format", "D j M Y"),
}
"""How a language writes a day: "D j M" is "Wed 25 Nov", and "D j. M" is "Mi 25. Nov"."""


def written(value: date, form: str) -> str:
    """A day in the manner of the language.

    Args:
        form: one of `DATES`.
    """
    return _written(value.year, value.month, value.day, form, get_language())


@lru_cache(maxsize=4096)
def _written(year: int, month: int, day: int, form: str, _language: str | None) -> str:
    """Remembered: a page names few days, hundreds of times."""
    return date_format(date(year, month, day), str(DATES[form]))


def fields(form: str) -> str:
    """The same for `str.format`, where many days are written: "{D} {j} {M} {Y}"."""
    return re.sub(r"\\(.)|([A-Za-z])", lambda found: found[1] or f"{{{found[2]}}}", str(DATES[form]))


def short(instant: datetime, at: datetime, zone: tzinfo, *, seconds: bool = False) -> str:
    """A time as short as it can be said on a page that is made at `at`: "08:42", "Wed 25 Nov 20:00"."""
    local, today = instant.astimezone(zone), at.astimezone(zone).date()
    clock = local.strftime("%H:%M:%S" if seconds else "%H:%M")
    if local.date() == today:
        return clock
    if abs(local.date() - today) < 300 * DAY:
        return f"{written(local, 'D j M')} {clock}"
    return f"{written(local, 'j M Y')} {clock}"


def in_words(instant: datetime, at: datetime, zone: tzinfo) -> str:
    """A time within a sentence: "today 09:30", "tomorrow 02:00", "Fri 27 Nov 09:30"."""
    local, today = instant.astimezone(zone), at.astimezone(zone).date()
    words = {0: _("today %(time)s"), 1: _("tomorrow %(time)s"), -1: _("yesterday %(time)s")}
    told = words.get((local.date() - today).days)
    return short(instant, at, zone) if told is None else told % {"time": local.strftime("%H:%M")}


def full(instant: datetime, zone: tzinfo) -> str:
    """A time with its day and year, to the minute: "Thu 4 Dec 2025 02:00"."""
    local = instant.astimezone(zone)
    return f"{written(local, 'D j M Y')} {local.strftime('%H:%M')}"


def long(instant: datetime, zone: tzinfo) -> str:
    """A time with its zone: "Thu 26 Nov 2026, 08:30:00 Europe/Berlin"."""
    local = instant.astimezone(zone)
    return f"{written(local, 'D j M Y')}, {local.strftime('%H:%M:%S')} {zone}"


def day(value: date) -> str:
    """A day: "Thu 26 Nov 2026"."""
    return written(value, "D j M Y")


def span(value: float | timedelta | None) -> str:
    """How long something takes: "211 ms", "7.0 s", "22 s", "1 m 12 s", "4 h 12 m", "3 d 4 h"; "" for None."""
    if value is None:
        return ""
    seconds = value.total_seconds() if isinstance(value, timedelta) else value
    if seconds < 0:
        return "-" + span(-seconds)
    if seconds < 0.9995:
        return f"{round(seconds * 1000)} ms"
    if seconds < 9.95:
        return f"{seconds:.1f} s".replace(".", get_format("DECIMAL_SEPARATOR"))
    return _whole(round(seconds))


def plain(value: float | timedelta) -> str:
    """A span that somebody chose, or a tick of an axis: "5 s", where `span` says "5.0 s"."""
    seconds = value.total_seconds() if isinstance(value, timedelta) else value
    return f"{seconds:g} s" if 1 <= seconds < 10 and seconds == int(seconds) else span(seconds)


def rough(value: timedelta) -> str:
    """How long something has gone on: without the seconds, from a minute on, so that it rarely changes."""
    seconds = int(max(value.total_seconds(), 0.0))
    return _whole(seconds if seconds < 60 else seconds // 60 * 60)


def _whole(seconds: int) -> str:
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return _two(seconds, 60, "m", 1, "s")
    if seconds < 86_400:
        return _two(seconds, 3600, "h", 60, "m")
    return _two(seconds, 86_400, "d", 3600, "h")


def _two(seconds: int, large: int, large_unit: str, small: int, small_unit: str) -> str:
    first, rest = divmod(seconds, large)
    second = rest // small
    return f"{first} {large_unit} {second:02d} {small_unit}" if second else f"{first} {large_unit}"


def countdown(instant: datetime, at: datetime) -> str:
    """How far away it is: "in 17 m 50 s", or "5 m ago"."""
    away = (instant - at).total_seconds()
    if away >= 0:
        return _("in %(span)s") % {"span": span(max(round(away), 0)) if away >= 1 else "0 s"}
    return _("%(span)s ago") % {"span": span(max(round(-away), 1)) if away <= -1 else "0 s"}

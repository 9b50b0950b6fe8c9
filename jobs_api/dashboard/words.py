"""Schedules in words, in the language of the page.

The usual ones have short sentences of their own; others are described by cron-descriptor, which brings its
own translations. A cron line stays what counts: pages show it beside the words.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.text import get_text_list
from django.utils.translation import get_language, pgettext, pgettext_lazy
from django.utils.translation import gettext as _

from jobs_api.dashboard import cron_words
from jobs_api.registry.job import Job

FEW = 4
"""So many times of a day are listed."""
WEEKDAYS = (
    pgettext_lazy("schedule", "Sundays"),
    pgettext_lazy("schedule", "Mondays"),
    pgettext_lazy("schedule", "Tuesdays"),
    pgettext_lazy("schedule", "Wednesdays"),
    pgettext_lazy("schedule", "Thursdays"),
    pgettext_lazy("schedule", "Fridays"),
    pgettext_lazy("schedule", "Saturdays"),
)
NAMES = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_NUMBERS = re.compile(r"\d{1,2}(,\d{1,2})*$", re.ASCII)
_STEP = re.compile(r"\*/(\d{1,2})$", re.ASCII)


def schedule(job: Job, zone: ZoneInfo | None = None) -> str:
    """When a job is due: "Daily at 03:00 New York".

    Args:
        zone: of whoever reads; the job's own is named where it is another one and matters. None: never.
    """
    slots = job.slots
    if slots.expression is None:
        return _("On demand")
    text, ends_in_time = _told(slots.expression, get_language() or "en")
    hour_matters = slots.expression.split()[1:] != ["*"] * 4
    if zone is None or str(zone) == slots.timezone or not hour_matters:
        return text
    if ends_in_time:
        return _("%(schedule)s %(city)s") % {"schedule": text, "city": city(slots.timezone)}
    return _("%(schedule)s, %(city)s time") % {"schedule": text, "city": city(slots.timezone)}


def city(zone: str) -> str:
    """Of a zone, as people say it: "New York"."""
    return zone.rsplit("/", 1)[-1].replace("_", " ")


@lru_cache(maxsize=4096)
def _told(line: str, language: str) -> tuple[str, bool]:
    """A cron line in words, and whether they end with a time of day."""
    minute, hour, date, month, weekday = line.split()
    known = None
    if month == "*" and "*" in (date, weekday):
        if (date, weekday) == ("*", "*"):
            known = _each_day(minute, hour)
        elif (times := _times(minute, hour)) is not None:
            known = _some_days(times, date, weekday)
    if known is None:
        return cron_words.described(line, language), False
    return known, _times(minute, hour) is not None


def _each_day(minute: str, hour: str) -> str | None:
    if hour == "*":
        return _each_hour(minute)
    step = _step(hour, 24)
    if step and minute == "0":
        return _("Every %(count)d hours") % {"count": step}
    times = _times(minute, hour)
    return None if times is None else _("Daily at %(times)s") % {"times": times}


def _each_hour(minute: str) -> str | None:
    step = _step(minute, 60)
    if minute in ("*", "*/1"):
        return _("Every minute")
    if step:
        return _("Every %(count)d minutes") % {"count": step}
    if minute == "0":
        return _("Every hour")
    if not _NUMBERS.match(minute):
        return None
    minutes = sorted(set(map(int, minute.split(","))))
    if len(minutes) == 1:
        return _("Every hour, at minute %(minute)d") % {"minute": minutes[0]}
    return _("At minute %(minutes)s") % {"minutes": _all(minutes)} if len(minutes) <= FEW else None


def _some_days(times: str, date: str, weekday: str) -> str | None:
    if date != "*":
        if not _NUMBERS.match(date):
            return None
        days = sorted(set(map(int, date.split(","))))
        return _("On day %(days)s of the month at %(times)s") % {"days": _all(days), "times": times}
    weekdays = _weekdays(weekday)
    if weekdays is None:
        return None
    if len(weekdays) == len(NAMES):
        return _("Daily at %(times)s") % {"times": times}
    if weekdays == [1, 2, 3, 4, 5]:
        return _("Monday to Friday at %(times)s") % {"times": times}
    named = _all([WEEKDAYS[day] for day in weekdays])
    return _("%(weekdays)s at %(times)s") % {"weekdays": named, "times": times}


def _weekdays(field: str) -> list[int] | None:
    """Of a list or a range, Monday first; None for anything else."""
    found: set[int] = set()
    for part in field.upper().split(","):
        ends = [_weekday(end) for end in part.split("-")]
        if None in ends or len(ends) > 2:
            return None
        first, last = ends[0] or 0, ends[-1] or 0
        if first > last:
            return None
        found.update(day % 7 for day in range(first, last + 1))
    return sorted(found, key=lambda day: day or 7)


def _weekday(text: str) -> int | None:
    if text in NAMES:
        return NAMES.index(text)
    return int(text) if re.fullmatch(r"[0-7]", text, re.ASCII) else None


def _times(minute: str, hour: str) -> str | None:
    """A few times of a day; None where the fields are anything but lists."""
    if not (_NUMBERS.match(minute) and _NUMBERS.match(hour)):
        return None
    each = sorted(product(set(map(int, hour.split(","))), set(map(int, minute.split(",")))))
    return _all([f"{hours:02d}:{minutes:02d}" for hours, minutes in each]) if len(each) <= FEW else None


def _step(field: str, whole: int) -> int | None:
    """Of `*/N`, where it divides the whole evenly and is no single time."""
    match = _STEP.match(field)
    step = int(match[1]) if match else 0
    return step if 1 < step < whole and whole % step == 0 else None


def _all(items: list[Any]) -> str:
    return str(get_text_list([str(item) for item in items], pgettext("list", "and")))

"""The year of a job as a calendar: a column for each week, a square for each day of the job's zone."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from django.utils.dates import MONTHS_3, WEEKDAYS_ABBR
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jobs_api.dashboard import times
from jobs_api.history.days import Day

STEP, SIZE, LEFT, TOP = 16, 13, 40, 22
"""From one square to the next, its size, and the room for the labels."""
NAMED = (0, 2, 4, 6)
"""The rows with a label: Monday, Wednesday, Friday, Sunday."""
LABEL = 3
"""So many weeks the name of a month takes."""
CHARACTER = 5.6
"""How wide a character of a label is, about."""


class Square(NamedTuple):
    """One day."""

    day: Day
    x: int
    y: int
    date: str
    """In words."""
    what: str
    """What became of its slots."""
    changes: bool
    """Whether the clocks change on it."""
    today: bool


class Label(NamedTuple):
    """A text at a place."""

    x: float
    y: int
    text: str
    square_x: float = 0
    """The middle of the square that it is about."""
    square_y: int = 0


@dataclasses.dataclass(frozen=True, slots=True)
class Week:
    """One line of the table."""

    first: date
    squares: Sequence[Square | None]


@dataclasses.dataclass(frozen=True, slots=True)
class HeatMap:
    """The drawing."""

    squares: Sequence[Square]
    months: Sequence[Label]
    weekdays: Sequence[Label]
    changes: Sequence[Label]
    width: int
    height: int
    summary: str

    @property
    def weeks(self) -> list[Week]:
        """The same as a table, the newest week first."""
        found: dict[date, list[Square | None]] = {}
        for square in self.squares:
            monday = square.day.day - timedelta(days=square.day.day.weekday())
            found.setdefault(monday, [None] * 7)[square.day.day.weekday()] = square
        return [Week(first, squares) for first, squares in reversed(found.items())]

    @property
    def names(self) -> list[object]:
        """The days of the week, Monday first."""
        return [WEEKDAYS_ABBR[day] for day in range(7)]


def heatmap(days: Sequence[Day]) -> HeatMap:
    """Of days in a row, the first of which is a Monday."""
    weekdays, months = (
        list(map(str, WEEKDAYS_ABBR.values())),
        [str(name).title() for name in MONTHS_3.values()],
    )
    form = times.fields("D j M Y")
    squares = [_square(number, day, len(days), weekdays, months, form) for number, day in enumerate(days)]
    columns = (len(days) + 6) // 7
    width = LEFT + STEP * columns
    named = [Label(0, TOP + STEP * row + SIZE - 3, weekdays[row]) for row in NAMED]
    changes = list(_changes(squares, width))
    height = TOP + STEP * 7 + (22 if changes else 2)
    return HeatMap(squares, list(_months(days)), named, changes, width, height, summary(days))


def _square(
    number: int, day: Day, count: int, weekdays: Sequence[str], months: Sequence[str], form: str
) -> Square:
    column, row = divmod(number, 7)
    written = form.format(D=weekdays[row], j=day.day.day, M=months[day.day.month - 1], Y=day.day.year)
    x, y = LEFT + STEP * column, TOP + STEP * row
    return Square(day, x, y, written, what(day), day.hours != 24, number == count - 1)


def _months(days: Sequence[Day]) -> Iterator[Label]:
    """The name of each month over the week in which it begins; of the first one, if it has room."""
    starts = [0] + [number // 7 for number, day in enumerate(days) if day.day.day == 1 and number]
    for place, column in enumerate(starts):
        follows = starts[place + 1] if place + 1 < len(starts) else column + LABEL
        if follows - column >= LABEL:
            shown = days[min(column * 7 + 6, len(days) - 1)].day
            yield Label(LEFT + STEP * column, TOP - 9, str(MONTHS_3[shown.month]).capitalize())


def _changes(squares: Sequence[Square], width: int) -> Iterator[Label]:
    """What is said under the days on which the clocks change."""
    for square in squares:
        if square.changes and square.day.worst != "unknown":
            text, middle = clock_change(square.day), square.x + SIZE / 2
            half = len(text) * CHARACTER / 2
            x = min(max(middle, half), width - half)
            yield Label(round(x, 1), TOP + STEP * 7 + 16, text, middle, square.y + SIZE)


def clock_change(day: Day) -> str:
    """ "29 Mar: 23 h, 23 slots"."""
    words = {"day": times.written(day.day, "j M"), "hours": f"{day.hours:g}", "slots": day.slots}
    return (
        ngettext("%(day)s: %(hours)s h, %(slots)s slot", "%(day)s: %(hours)s h, %(slots)s slots", day.slots)
        % words
    )


def what(day: Day) -> str:
    """What became of the slots of a day."""
    if day.worst == "unknown":
        return _("not known then")
    if day.worst == "none":
        return _("no slot was due")
    parts = [ngettext("%(count)d slot", "%(count)d slots", day.slots) % {"count": day.slots}]
    parts += [text % {"count": number} for text, number in _trouble(day) if number]
    if day.worst == "paused":
        parts.append(_("paused"))
    if len(parts) == 1:
        parts.append(_("all well"))
    if day.hours != 24:
        parts.append(_("clocks change, %(hours)s h") % {"hours": f"{day.hours:g}"})
    return ", ".join(parts)


def _trouble(day: Day) -> list[tuple[str, int]]:
    return [
        (_("%(count)d failed"), day.failed),
        (_("%(count)d missed"), day.missed),
        (_("%(count)d late"), day.late),
    ]


def summary(days: Sequence[Day]) -> str:
    """The year in a sentence, for whoever does not see the drawing."""
    known = [day for day in days if day.worst not in ("unknown", "none")]
    if not known:
        return _("Nothing is known of this year.")
    counts = {word: sum(getattr(day, word) > 0 for day in known) for word in ("failed", "missed", "late")}
    text = ngettext(
        "Of %(known)d day with slots, %(failed)d had a failed, %(missed)d a missed, %(late)d a late one.",
        "Of %(known)d days with slots, %(failed)d had a failed, %(missed)d a missed, %(late)d a late one.",
        len(known),
    )
    return text % {"known": len(known), **counts}

"""Calendar events of systemd: `Mon..Fri *-*-* 09..17:00/15:00 Europe/Berlin`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from jobs_api.exporters.common.cron_fields import LAST, fields, runs, step

WEEK = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def on_calendar(line: str, zone: str) -> Iterator[str]:
    """The events of a cron line: one, or two where days and the last day are named together."""
    minutes, hours, days, months, weekdays = fields(line)
    time = f"{_numbers(hours, 23)}:{_numbers(minutes, 59)}:00 {zone}"
    week = f"{_weekdays(weekdays)} " if weekdays else ""
    for day in _days(days):
        yield f"{week}*-{_numbers(months, 12)}{day} {time}"


def _days(days: tuple[int, ...] | None) -> Iterator[str]:
    plain = None if days is None else [day for day in days if day != LAST]
    if plain is None or plain:
        yield f"-{_numbers(plain, 31)}"
    if days and LAST in days:
        yield "~01"


def _numbers(values: Sequence[int] | None, greatest: int) -> str:
    if values is None:
        return "*"
    if every := step(values, greatest):
        return f"{values[0]:02d}/{every}"
    return ",".join(_span(f"{first:02d}", f"{last:02d}") for first, last in runs(values))


def _weekdays(days: Sequence[int]) -> str:
    # Its week begins on Monday.
    ordered = sorted((day - 1) % 7 for day in days)
    return ",".join(_span(WEEK[first], WEEK[last]) for first, last in runs(ordered))


def _span(first: str, last: str) -> str:
    return first if first == last else f"{first}..{last}"

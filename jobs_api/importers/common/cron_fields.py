"""Fields of a cron line from sets of values, and what deserves a word about a line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from jobs_api.schedule.line_hints import DAYS
from jobs_api.schedule.slots import BadSchedule, Schedule

RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))
"""The least and the greatest value of each field."""


def field(position: int, values: Iterable[int]) -> str:
    """The shortest way to write these values in that field: *, */5, 1-5, 2-59/15, MON-FRI or a list."""
    least, greatest = RANGES[position]
    listed = sorted(set(values))
    if listed == list(range(least, greatest + 1)):
        return "*"
    if position == 4:
        return _weekdays(listed)
    step = listed[1] - listed[0] if len(listed) > 2 else 0
    first, last = listed[0], listed[-1]
    if step == 1 and listed == list(range(first, last + 1)):
        return f"{first}-{last}"
    if step > 1 and listed == list(range(first, greatest + 1, step)):
        return f"*/{step}" if first == least else f"{first}-{greatest}/{step}"
    return ",".join(_runs(listed))


def _runs(listed: list[int]) -> Iterator[str]:
    """The numbers, three or more that follow each other as a range."""
    start = 0
    for place, value in enumerate(listed):
        if place + 1 < len(listed) and listed[place + 1] == value + 1:
            continue
        run = listed[start : place + 1]
        yield from [f"{run[0]}-{run[-1]}"] if len(run) > 2 else map(str, run)
        start = place + 1


def _weekdays(listed: list[int]) -> str:
    if len(listed) > 2 and listed == list(range(listed[0], listed[-1] + 1)):
        return f"{DAYS[listed[0]]}-{DAYS[listed[-1]]}"
    return ",".join(DAYS[day] for day in listed)


def checked(line: str, timezone: str | None = None) -> str:
    """The line, if it is one of ours.

    Raises:
        BadSchedule: it is none, or the zone is none.
    """
    return Schedule.parse(line, timezone or "UTC").expression or ""


def mended(line: str) -> str:
    """A line with what cron takes and we do not: a step beyond the range, which names the first value."""
    fields = line.split()
    if len(fields) != 5:
        return line
    return " ".join(_mended(position, text) for position, text in enumerate(fields))


def _mended(position: int, text: str) -> str:
    least, greatest = RANGES[position]
    match = re.fullmatch(r"\*/(\d{1,4})", text, re.ASCII)
    return str(least) if match and int(match[1]) > greatest else text


def warnings(line: str) -> Iterator[str]:
    """What a person should look at in a valid line of five fields."""
    minute, hour, day, _, weekday = line.split()
    if minute == "*" and re.fullmatch(r"\d+(,\d+)*", hour):
        times = 60 * len(hour.split(","))
        yield f'It runs {times} times a day, in each minute of the hour {hour}. Once would be "0 {hour} ...".'
    elif (minute, hour) == ("*", "*") and (day, weekday) != ("*", "*"):
        yield "It runs in each minute of these days."
    for text, size, name in ((minute, 60, "hour"), (hour, 24, "day")):
        match = re.fullmatch(r"\*/(\d+)", text, re.ASCII)
        if match and size % int(match[1]):
            yield f"*/{match[1]} is uneven: it begins again at each full {name}, after a shorter gap."
    if not (day.startswith("*") or weekday.startswith("*")):
        yield "It runs on the days of the month and also on the weekdays: cron joins the two fields by OR."


__all__ = ["BadSchedule", "checked", "field", "mended", "warnings"]

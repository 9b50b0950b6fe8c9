"""A cron line as numbers, for formats that are no cron lines."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from cronsim import CronSim
from cronsim.cronsim import Field

LAST = CronSim.LAST
"""Stands among the days for the last day of the month."""


class Fields(NamedTuple):
    """The values of each field, ascending; None: any. Sunday is 0."""

    minutes: tuple[int, ...] | None
    hours: tuple[int, ...] | None
    days: tuple[int, ...] | None
    months: tuple[int, ...] | None
    weekdays: tuple[int, ...] | None


def fields(line: str) -> Fields:
    """What a five-field line names; its weekdays are plain ones, as all lines of an export."""
    named = [Field(at).parse(field) for at, field in enumerate(line.upper().split(), start=Field.MINUTE)]
    minutes, hours, days, months, weekdays = (
        {each for each in field if isinstance(each, int)} for field in named
    )
    return Fields(
        _some(minutes, 60),
        _some(hours, 24),
        _some(days, 31),
        _some(months, 12),
        _some({day % 7 for day in weekdays}, 7),
    )


def _some(values: set[int], count: int) -> tuple[int, ...] | None:
    return None if len(values) == count else tuple(sorted(values))


def runs(values: Sequence[int]) -> list[tuple[int, int]]:
    """Ascending numbers as (first, last) of each run of neighbours."""
    found: list[tuple[int, int]] = []
    for value in values:
        if found and value == found[-1][1] + 1:
            found[-1] = (found[-1][0], value)
        else:
            found.append((value, value))
    return found


def step(values: Sequence[int], greatest: int) -> int | None:
    """The step of numbers that go on evenly to the end of their range; None if they do not."""
    steps = {after - before for before, after in pairwise(values)}
    each = min(steps, default=0)
    return each if len(steps) == 1 and each > 1 and len(values) > 2 and values[-1] + each > greatest else None

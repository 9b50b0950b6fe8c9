"""The strip of a job: its last slots, the newest at the right, each a mark 6 wide and 24 high."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import groupby

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from jobs_api.dashboard.counts import counted
from jobs_api.history.cell import Cell

STEP, HEIGHT = 6, 24
MIDDLE = 18
"""Of a bar that says "succeeded": `shapes.html` has it from 13 to 23."""


@dataclasses.dataclass(frozen=True, slots=True)
class Mark:
    """A slot that is drawn by its own shape."""

    x: int
    state: str


@dataclasses.dataclass(frozen=True, slots=True)
class Strip:
    """What the template draws."""

    width: int
    well: str
    """A path of what succeeded. It is dashed, so that one line is many bars: most slots are like that."""
    marks: tuple[Mark, ...]
    label: str
    """For who does not see it."""


def strip(cells: Sequence[Cell], places: int = 50) -> Strip:
    """Of the last slots, oldest first, at most as many as there are places."""
    return _strip(tuple(cell.state for cell in cells[-places:]), places, get_language())


@lru_cache(maxsize=2048)
def _strip(states: tuple[str, ...], places: int, _language: str | None) -> Strip:
    """Remembered: strips of jobs that are well are all alike."""
    first = (places - len(states)) * STEP
    marks = tuple(
        Mark(first + place * STEP, state)
        for place, state in enumerate(states)
        if state not in ("succeeded", "unknown")
    )
    return Strip(
        places * STEP, "".join(_well(states, first)), marks, counted(Counter(states)) or _("no slot is known")
    )


def _well(states: Sequence[str], first: int) -> Iterator[str]:
    """A line from the first to the last slot of each series that succeeded."""
    place = 0
    for state, series in groupby(states):
        length = len(list(series))
        if state == "succeeded":
            start = first + place * STEP
            yield f"M{start + 1} {MIDDLE}H{start + length * STEP}"
        place += length

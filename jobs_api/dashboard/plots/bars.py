"""Calls per hour as small bars."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _

STEP, BAR, HEIGHT = 3, 2, 16


@dataclasses.dataclass(frozen=True, slots=True)
class Bars:
    """What the template draws."""

    width: int
    calls: str
    """A path: a bar of each hour that had calls."""
    silent: str
    """A path: a point of each hour at the end that had none, where there should be some."""
    label: str


def bars(hours: Sequence[int], *, silent: bool) -> Bars:
    """Of the hours, oldest first."""
    most, quiet = max([1, *hours]), _quiet(hours) if silent else 0
    spoken = len(hours) - quiet
    return Bars(
        width=len(hours) * STEP,
        calls="".join(_bars(hours[:spoken], most)),
        silent="".join(
            f"M{place * STEP} {HEIGHT - 2}h{BAR}v2h-{BAR}z" for place in range(spoken, len(hours))
        ),
        label=_("calls per hour, oldest first: %(calls)s") % {"calls": " ".join(map(str, hours))},
    )


def _bars(hours: Sequence[int], most: int) -> Iterator[str]:
    for place, calls in enumerate(hours):
        if calls:
            height = max(round(HEIGHT * calls / most), 1)
            yield f"M{place * STEP} {HEIGHT - height}h{BAR}v{height}h-{BAR}z"


def _quiet(hours: Sequence[int]) -> int:
    """How many hours at the end had no call."""
    called = [place for place, calls in enumerate(hours) if calls]
    return len(hours) - 1 - called[-1] if called else len(hours)

"""A duration against its usual range: the tick is the median, the band reaches from p5 to p95.

The median always stands at the same place, and twice as long is always as far to the right: so rows compare.
"""

from __future__ import annotations

import dataclasses
from math import log2

from django.utils.translation import gettext as _

from jobs_api.dashboard.times import span
from jobs_api.history.durations import Usual

WIDTH, HEIGHT = 68, 16
MEDIAN, DOUBLE, EDGE = 30.0, 18.0, 5.0
"""Where the median is, how far twice as long is from it, and how near to the edges a mark may come."""
LONG = 2.0
"""So many times p95 is long."""


@dataclasses.dataclass(frozen=True, slots=True)
class Bullet:
    """What the template draws. Places are numbers of pixels; None: nothing is known that is usual."""

    band: float | None
    band_width: float
    tick: float | None
    mark: float
    kind: str
    """ "well", "failed", "running" or "long": the shape of the mark."""
    label: str
    width: int = WIDTH


def bullet(seconds: float | None, usual: Usual | None, state: str) -> Bullet | None:
    """Of the newest attempt.

    Args:
        seconds: how long it took; of one that runs, so far.
        state: as in `history.CELLS`.
    """
    if seconds is None or usual is None or usual.p50 <= 0:
        return None
    low, high = _place(usual.p5, usual.p50), _place(usual.p95, usual.p50)
    return Bullet(
        band=round(low, 1),
        band_width=round(max(high - low, 2.0), 1),
        tick=MEDIAN,
        mark=round(_place(seconds, usual.p50), 1),
        kind=_kind(seconds, usual, state),
        label=_("usually %(low)s to %(high)s, median %(median)s")
        % {"low": span(usual.p5), "high": span(usual.p95), "median": span(usual.p50)},
    )


def _place(seconds: float, median: float) -> float:
    at = MEDIAN + DOUBLE * log2(max(seconds, 1e-6) / median)
    return min(max(at, EDGE), WIDTH - EDGE)


def _kind(seconds: float, usual: Usual, state: str) -> str:
    if state in ("failed", "lost"):
        return "failed"
    if seconds > LONG * usual.p95:
        return "long"
    return "running" if state in ("running", "overdue") else "well"

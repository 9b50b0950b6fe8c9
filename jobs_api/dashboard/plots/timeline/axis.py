"""The axis: hours and days by the clock on the wall, nights, where the clocks change, and now."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from jobs_api.dashboard import times
from jobs_api.dashboard.plots.timeline.scale import LETTER, NARROW, WIDE, Scale, Span, percent, pixels
from jobs_api.dashboard.plots.timeline.walls import DAY, nights
from jobs_api.schedule.zones import stretches

STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720, 1440)
"""Minutes from one label to the next."""
APART = 54
"""So many pixels from one label to the next, at least."""
GAP = 8
"""Free pixels between two labels."""


@dataclasses.dataclass(frozen=True, slots=True)
class Tick:
    """A line with a label."""

    x: float
    label: str
    """ "" where there is no room."""
    is_day: bool
    """Whether a day begins here."""
    only_wide: bool
    """Whether a narrow plot has no room for the label."""

    @property
    def at(self) -> str:
        """As an attribute."""
        return percent(self.x)

    @property
    def anchor(self) -> str:
        """How the label is put so that it does not leave the plot."""
        return "end" if self.x > 985 else "middle"


@dataclasses.dataclass(frozen=True, slots=True)
class Change:
    """Where the clocks change."""

    x: float
    label: str

    @property
    def at(self) -> str:
        """As an attribute."""
        return percent(self.x)


@dataclasses.dataclass(frozen=True, slots=True)
class Now:
    """The line of now."""

    x: float
    label: str

    @property
    def at(self) -> str:
        """As an attribute."""
        return percent(self.x)

    @property
    def width(self) -> int:
        """Of the box around its label, in pixels."""
        return round(len(self.label) * LETTER) + 12

    @property
    def left(self) -> float:
        """Where the box begins, in pixels from the line."""
        return -self.width / 2


@dataclasses.dataclass(frozen=True, slots=True)
class Axis:
    """What stands behind all rows."""

    ticks: Sequence[Tick]
    nights: Sequence[Span]
    changes: Sequence[Change]
    now: Now | None
    """None: it is not in the window."""


def axis(scale: Scale, zone: ZoneInfo, at: datetime) -> Axis:
    """The axis of a window in the zone of whoever looks."""
    text = _("now %(time)s") % {"time": at.astimezone(zone).strftime("%H:%M")}
    now = Now(scale.x(at), text) if scale.holds(at) else None
    dark = (scale.span(*night) for night in nights(scale.start, scale.end, zone))
    return Axis(
        list(_ticks(scale, zone, now)),
        [span for span in dark if span is not None and span.width],
        list(_changes(scale, zone)),
        now,
    )


def _step(scale: Scale, plot: int, of: int = 1) -> int:
    """The shortest step for which a plot has room; a multiple of another one."""
    minutes = scale.length / timedelta(minutes=1)
    fitting = (step for step in STEPS if step % of == 0 and step / minutes * plot >= APART)
    return next(fitting, STEPS[-1])


def _ticks(scale: Scale, zone: ZoneInfo, now: Now | None) -> Iterator[Tick]:
    fine = _step(scale, WIDE)
    coarse = _step(scale, NARROW, of=fine)
    found = list(hours(scale, zone, fine))
    labels = [_label(local) for _, local in found]
    wide = _with_room([scale.x(instant) for instant, _ in found], labels, now, WIDE)
    narrow = _with_room([scale.x(instant) for instant, _ in found], labels, now, NARROW)
    for number, (instant, local) in enumerate(found):
        is_coarse = (local.hour * 60 + local.minute) % coarse == 0
        yield Tick(
            scale.x(instant),
            labels[number] if number in wide else "",
            is_day=_is_midnight(local),
            only_wide=not is_coarse or number not in narrow,
        )


def _is_midnight(local: datetime) -> bool:
    return local.time() == time()


def _label(local: datetime) -> str:
    return times.written(local, "D j") if _is_midnight(local) else local.strftime("%H:%M")


def _with_room(xs: Sequence[float], labels: Sequence[str], now: Now | None, plot: int) -> set[int]:
    """The numbers of those labels that touch neither each other nor that of now; days go first."""
    taken = [] if now is None else [_around(now.x, now.width, plot)]
    chosen: set[int] = set()
    for number in sorted(range(len(labels)), key=lambda each: (":" in labels[each], each)):
        place = _around(xs[number], len(labels[number]) * LETTER + GAP, plot)
        if not any(place.overlaps(other) for other in taken):
            taken.append(place)
            chosen.add(number)
    return chosen


def _around(x: float, width: float, plot: int) -> Span:
    return Span(x - pixels(width, plot) / 2, pixels(width, plot))


def hours(scale: Scale, zone: ZoneInfo, step: int) -> Iterator[tuple[datetime, datetime]]:
    """The instants of the window at which the clock on the wall shows a multiple of the step.

    An hour that is skipped has none; one that comes twice has them twice.
    """
    first, last = (edge.astimezone(zone).date() for edge in (scale.start, scale.end))
    for day in range((last - first).days + 1):
        midnight = datetime.combine(first + DAY * day, time())
        both = (
            (midnight + timedelta(minutes=minute)).replace(tzinfo=zone, fold=fold)
            for minute in range(0, 1440, step)
            for fold in (0, 1)
        )
        instants = {wall.astimezone(UTC): wall for wall in both}
        for instant in sorted(instants):
            local = instant.astimezone(zone)
            if scale.holds(instant) and local.replace(tzinfo=None) == instants[instant].replace(tzinfo=None):
                yield instant, local


def _changes(scale: Scale, zone: ZoneInfo) -> Iterator[Change]:
    for stretch in stretches(str(zone), scale.start):
        if stretch.start >= scale.end:
            return
        if stretch.start > scale.start and stretch.offset != stretch.before:
            hours = (stretch.offset - stretch.before) / timedelta(hours=1)
            label = _("clocks forward %(hours)s h") if hours > 0 else _("clocks back %(hours)s h")
            yield Change(scale.x(stretch.start), label % {"hours": f"{abs(hours):g}"})

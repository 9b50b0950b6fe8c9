"""Which time the timeline shows: a range, live or from some time on, or any window; any from `asked`."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy

from jobs_api.dashboard.plots.timeline.walls import DAY, HOUR, evening, full_hour, on_the_wall, wall

SIX, NIGHT, NEXT, WEEK = "6h", "night", "day", "week"
RANGES = {
    SIX: gettext_lazy("6 h"),
    NIGHT: gettext_lazy("Night"),
    NEXT: gettext_lazy("Night + 24 h"),
    WEEK: gettext_lazy("Week"),
}
SHORTEST, LONGEST = timedelta(minutes=15), 8 * DAY


@dataclasses.dataclass(frozen=True, slots=True)
class Window:
    """A part of time, in UTC."""

    start: datetime
    end: datetime
    range: str
    """One of `RANGES`; "" for any other window."""
    live: bool
    """Whether it moves on with the time."""
    zone: ZoneInfo
    at: datetime
    fault: str = ""
    """What is wrong with the address."""

    @property
    def address(self) -> dict[str, str]:
        """The part of the query that shows this window, wherever and whenever it is opened."""
        whole = {"range": self.range if self.range != NEXT else "", "from": "", "to": ""}
        if not self.live:
            whole["from"] = stamp(self.start)
        if not self.range:
            whole["to"] = stamp(self.end)
        return whole

    def earlier(self) -> Window:
        """The one before."""
        return self._shifted(-1)

    def later(self) -> Window:
        """The one after."""
        return self._shifted(1)

    def zoomed(self, factor: float) -> Window:
        """One so many times as long; now, or the middle, keeps its place."""
        middle = self.at if self.start < self.at < self.end else self.start + (self.end - self.start) / 2
        length = min(max((self.end - self.start) * factor, SHORTEST), LONGEST)
        share = (middle - self.start) / (self.end - self.start)
        start = _rounded(middle - length * share)
        return dataclasses.replace(self, start=start, end=start + _rounded_span(length), range="", live=False)

    @property
    def can_grow(self) -> bool:
        """Whether a longer one may be shown."""
        return self.end - self.start < LONGEST

    @property
    def can_shrink(self) -> bool:
        """Whether a shorter one may be shown."""
        return self.end - self.start > SHORTEST

    def _shifted(self, by: int) -> Window:
        if not self.range:
            start = self.start + (self.end - self.start) * by
            return dataclasses.replace(self, start=start, end=start + (self.end - self.start))
        if self.range == SIX:
            start = self.start + 6 * HOUR * by
        else:
            start = on_the_wall(self.start, self.zone, days=by * (7 if self.range == WEEK else 1))
        return ranged(self.range, start, self.at, self.zone)


def live(kind: str, at: datetime, zone: ZoneInfo) -> Window:
    """A range as it is now."""
    start, end = _LIVE[kind](at, zone)
    return Window(start, end, kind, live=True, zone=zone, at=at)


def ranged(kind: str, start: datetime, at: datetime, zone: ZoneInfo) -> Window:
    """A range from some time on; where it is the one of now, it moves on with the time."""
    now = live(kind, at, zone)
    if start == now.start:
        return now
    end = start + 6 * HOUR if kind == SIX else on_the_wall(start, zone, **_LENGTHS[kind])
    return Window(start, end, kind, live=False, zone=zone, at=at)


_LENGTHS = {NIGHT: {"hours": 12}, NEXT: {"hours": 36}, WEEK: {"days": 8}}
"""By the clock on the wall: a night in which the clocks change is an hour shorter or longer."""


def _six(at: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    start = full_hour(at, zone) - 4 * HOUR
    return start, start + 6 * HOUR


def _night(at: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    start = evening(at, zone)
    return start, on_the_wall(start, zone, hours=12)


def _next(at: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    end = full_hour(at + DAY, zone)
    return evening(at, zone), end if end == at + DAY else end + HOUR


def _week(at: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    today = at.astimezone(zone).date()
    return (
        wall(today - 6 * DAY, time(), zone),
        wall(today + 2 * DAY, time(), zone),
    )


_LIVE = {SIX: _six, NIGHT: _night, NEXT: _next, WEEK: _week}


def stamp(instant: datetime) -> str:
    """As it stands in an address: the same time wherever that is opened."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")


def _rounded(instant: datetime) -> datetime:
    """To five minutes."""
    minutes = instant.timestamp() // 300 * 5
    return datetime.fromtimestamp(minutes * 60, UTC)


def _rounded_span(length: timedelta) -> timedelta:
    return max(timedelta(minutes=round(length.total_seconds() / 300) * 5), SHORTEST)

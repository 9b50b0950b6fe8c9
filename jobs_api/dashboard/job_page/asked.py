"""What the address of a job's page asks for: which slots, since when, and of what time the durations."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, timedelta

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from jobs_api.dashboard.query import choice, text
from jobs_api.history import due
from jobs_api.history.days import WEEKS
from jobs_api.registry.job import Job

SHOWN: dict[str, str | Promise] = {
    "": _("All"),
    "failed": _("Failed"),
    "missed": _("Missed"),
    "late": _("Late"),
}
SINCE: dict[str, tuple[str | Promise, int]] = {
    "1d": (_("today"), 1),
    "7d": (_("7 days"), 7),
    "30d": (_("30 days"), 30),
    "90d": (_("90 days"), 90),
    "1y": (_("a year"), 7 * WEEKS),
}
"""Days of the job's zone, today included."""
RANGES: dict[str, tuple[str | Promise, timedelta]] = {
    "4d": (_("4 days"), timedelta(days=4)),
    "30d": (_("30 days"), timedelta(days=30)),
    "year": (_("year"), timedelta(days=366)),
}
EARLIEST, LATEST = datetime(1971, 1, 1, tzinfo=UTC), datetime(9990, 1, 1, tzinfo=UTC)
MONTH = "30d"
STEPS = 384
"""So many of them are in a range: a quarter of an hour in four days."""


@dataclasses.dataclass(frozen=True, slots=True)
class Asked:
    """Of one request; what is not valid is as if it were not there."""

    shown: str
    """One of `SHOWN`."""
    since: str
    """One of `SINCE`."""
    day: date | None
    """Only the slots of this day of the job's zone."""
    before: datetime | None
    """Only older slots: where the page before has ended."""
    range: str
    """One of `RANGES`."""

    @property
    def days(self) -> int:
        """How many days the list goes back."""
        return SINCE[self.since][1]

    def window(self, at: datetime) -> tuple[datetime, datetime]:
        """From when to when durations are drawn; it moves on in steps, so that a page stays as it is."""
        span = RANGES[self.range][1]
        step = span // STEPS
        end = EARLIEST + ((at - EARLIEST) // step + 1) * step
        return end - span, end

    @property
    def filtered(self) -> bool:
        """Whether the list is not the one of the page's own address."""
        return bool(self.shown or self.day or self.before or self.since != MONTH)


def asked(query: QueryDict, job: Job, at: datetime) -> Asked:
    """What this query asks for."""
    return Asked(
        shown=choice(query, "show", tuple(SHOWN), ""),
        since=choice(query, "since", tuple(SINCE), MONTH),
        day=_day(text(query, "day")),
        before=_instant(text(query, "before")),
        range=choice(query, "range", tuple(RANGES), usual_range(job, at)),
    )


def usual_range(job: Job, at: datetime) -> str:
    """The shortest range in which a job has some ten runs."""
    gap = due.usual_gap(job, at)
    if gap is None or gap > timedelta(days=1, hours=1):
        return "year"
    return "30d" if gap > timedelta(hours=2) else "4d"


def _day(written: str) -> date | None:
    try:
        found = date.fromisoformat(written)
    except ValueError:
        return None
    return found if EARLIEST.date() < found < LATEST.date() else None


def _instant(written: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(written)
        aware = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return aware if EARLIEST < aware < LATEST else None

"""Schedule -> slots: the instants at which a job is due, a pure function of (schedule, zone, instant).

Daylight saving follows Debian cron. A job at fixed times whose minute the clock jumps over runs once, right
after the jump; one whose minute comes twice runs the first time. A job whose minute or hour field starts with
`*` follows the clock. All jobs follow a clock that moves by more than three hours (a change of date line).

Instants go in aware, in any zone, and come out aware in the schedule's zone; a naive one raises ValueError.
Slots exist from 1970 to 9997. All sums are done in UTC, for the reason given in `schedule.cron`; callers
that compare or collect slots should do so, too. To Python the two 02:30 of an autumn night are equal, and
neither equals itself in UTC.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import takewhile

from jobs_api.schedule.cron import FIRST, LAST, TICK, falling, rising, stretches
from jobs_api.schedule.cron import BadSchedule as BadSchedule
from jobs_api.schedule.cron import Schedule as Schedule

DAY = timedelta(days=1)
EARLIEST, LATEST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
MOST_TOLERANCE = timedelta(seconds=60)
WINDOWS_KEPT = 4096


@dataclass(frozen=True, slots=True)
class Window:
    """The newest slot that is not after an instant, and the first one after it; None where there is none."""

    previous: datetime | None
    following: datetime | None


# Per schedule the last answer: (from, until, window). Replaced as one object, so that threads need no lock.
_windows: dict[Schedule, tuple[datetime, datetime, Window]] = {}


def previous_slot(schedule: Schedule, instant: datetime) -> datetime | None:
    """The newest slot that is not after `instant`; on demand, the newest beginning of a local day."""
    utc = utc_of(instant)
    if schedule.expression is None:
        return _day_window(schedule, utc)[2].previous
    return _shown(schedule, next(falling(schedule, utc), None))


def next_slot(schedule: Schedule, instant: datetime) -> datetime | None:
    """The first slot after `instant`; on demand None."""
    return _shown(schedule, next(rising(schedule, _after(utc_of(instant))), None))


def around(schedule: Schedule, instant: datetime) -> Window:
    """The previous and the next slot. Each schedule's last window is kept: asked within it, this is cheap."""
    return _known(schedule, utc_of(instant))[2]


def tolerance(window: Window) -> timedelta:
    """How early a trigger may come and still mean the next slot: a tenth of the window, at most 60 s."""
    if window.previous is None or window.following is None:
        return MOST_TOLERANCE
    return _tolerance(utc_of(window.previous), utc_of(window.following))


def current_slot(schedule: Schedule, now: datetime, *, early: bool = True) -> datetime | None:
    """The slot that a trigger at `now` means: the newest one not after `now` plus, if `early`, the tolerance.

    On demand, the beginning of the local day, without tolerance.
    """
    utc = utc_of(now)
    since, until, window = _known(schedule, utc)
    if early and window.following is not None and until - utc <= _tolerance(since, until):
        return window.following
    return window.previous


def slots_between(schedule: Schedule, start: datetime, end: datetime) -> Iterator[datetime]:
    """The slots with start <= slot < end, ascending, worked out as they are asked for; none on demand."""
    stop = utc_of(end)
    due = takewhile(lambda utc: utc < stop, rising(schedule, utc_of(start)))
    return (aware(schedule, utc) for utc in due)


def is_slot(schedule: Schedule, instant: datetime) -> bool:
    """Whether `instant`, to the microsecond, is a slot. On demand any instant can be one."""
    utc = utc_of(instant)
    return schedule.expression is None or next(falling(schedule, utc), None) == utc


def in_utc(schedule: Schedule, start: datetime, end: datetime) -> Iterator[datetime]:
    """Slots as they are stored: in its zone, one of a repeated hour equals its twin, not itself in UTC."""
    return (slot.astimezone(UTC) for slot in slots_between(schedule, start, end))


# -- windows and days, in UTC -----------------------------------------------------------------


def _known(schedule: Schedule, utc: datetime) -> tuple[datetime, datetime, Window]:
    known = _windows.get(schedule)
    if known is None or not known[0] <= utc < known[1]:
        if len(_windows) >= WINDOWS_KEPT:
            _windows.clear()
        known = _windows[schedule] = _window(schedule, utc)
    return known


def _window(schedule: Schedule, utc: datetime) -> tuple[datetime, datetime, Window]:
    if schedule.expression is None:
        return _day_window(schedule, utc)
    since = next(falling(schedule, utc), None)
    until = next(rising(schedule, _after(utc)), None)
    window = Window(_shown(schedule, since), _shown(schedule, until))
    return since or EARLIEST, until or LATEST, window


def _day_window(schedule: Schedule, utc: datetime) -> tuple[datetime, datetime, Window]:
    if utc < FIRST:
        return EARLIEST, FIRST, Window(None, None)
    today = aware(schedule, min(utc, LAST)).date()
    # Two days more: a zone may skip one, and some went back past a midnight that had begun a day already.
    starts = [start for days in range(3) if (start := day_start(schedule, today + DAY * days)) is not None]
    since = max(start for start in starts if start <= utc)
    until = min((start for start in starts if start > utc), default=LATEST)
    return since, until, Window(aware(schedule, since), None)


def day_start(schedule: Schedule, day: date) -> datetime | None:
    """The first instant of a local day, None where the zone skipped the day."""
    utc = utc_of(datetime.combine(day, time(), schedule.zone))
    if aware(schedule, utc).time() != time():
        # The clock jumped over midnight: what follows the jump begins the day.
        utc = next(stretches(schedule.timezone, utc)).start
    return utc if aware(schedule, utc).date() == day else None


def utc_of(instant: datetime) -> datetime:
    if instant.utcoffset() is None:
        raise ValueError(f"{instant!r} is naive: an instant needs a time zone.")
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        return EARLIEST if instant.year == 1 else LATEST


def _tolerance(since: datetime, until: datetime) -> timedelta:
    return min(MOST_TOLERANCE, (until - since) / 10)


def _after(utc: datetime) -> datetime:
    return min(utc, LAST) + TICK


def aware(schedule: Schedule, utc: datetime) -> datetime:
    return utc.astimezone(schedule.zone)


def _shown(schedule: Schedule, utc: datetime | None) -> datetime | None:
    return None if utc is None else aware(schedule, utc)


# -- the text of a run_date -------------------------------------------------------------------

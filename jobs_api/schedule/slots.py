"""The slots of a schedule: the instants at which a job is due, a pure function of (schedule, zone, instant).

Daylight saving follows Debian cron. If the clock jumps over the minute of a job at fixed times, the job runs
once, right after the jump. If the minute occurs twice, the job runs the first time. A job whose minute or
hour field starts with `*` follows the clock. Every job follows a clock that moves by more than three hours
(when a country changes its side of the date line).

Arguments are aware instants in any zone; results are aware, in the schedule's zone. A naive instant raises
ValueError. Slots exist from 1970 to 9997. Calculations are done in UTC, for the reason given in
`schedule.cron`. Callers that compare or collect slots should use UTC, too: for Python the two 02:30 of an
autumn night are equal, and neither is equal to the same instant in UTC.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import takewhile

from jobs_api.schedule.cron import TICK, falling, rising
from jobs_api.schedule.cron import BadSchedule as BadSchedule
from jobs_api.schedule.cron import Schedule as Schedule
from jobs_api.schedule.zones import FIRST, LAST, stretches

DAY = timedelta(days=1)
EARLIEST, LATEST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
MOST_TOLERANCE = timedelta(seconds=60)
WINDOWS_KEPT = 4096


@dataclass(frozen=True, slots=True)
class Window:
    """The newest slot that is not after an instant, and the first one after it; None where there is none."""

    previous: datetime | None
    following: datetime | None


_Cached = tuple[datetime, datetime, Window]
"""From when, until when, and the window."""
# The last two windows of each schedule: whoever asks what is due often asks what was due a grace ago, too.
# They are replaced as one object: threads need no lock.
_windows: dict[Schedule, tuple[_Cached, ...]] = {}


def previous_slot(schedule: Schedule, instant: datetime) -> datetime | None:
    """The newest slot that is not after `instant`; on demand, the latest beginning of a local day."""
    utc = utc_of(instant)
    if schedule.expression is None:
        return _day_window(schedule, utc)[2].previous
    return _aware_or_none(schedule, next(falling(schedule, utc), None))


def next_slot(schedule: Schedule, instant: datetime) -> datetime | None:
    """The first slot after `instant`; on demand None."""
    return _aware_or_none(schedule, next(rising(schedule, _after(utc_of(instant))), None))


def around(schedule: Schedule, instant: datetime) -> Window:
    """The previous and the next slot. Each schedule's last windows are cached: an instant in one is cheap."""
    return _cached_window(schedule, utc_of(instant))[2]


def gap_around(schedule: Schedule, instant: datetime) -> timedelta | None:
    """The time between the previous and the next slot; None without one of them. As cheap as `around`."""
    since, until, window = _cached_window(schedule, utc_of(instant))
    return None if window.previous is None or window.following is None else until - since


def tolerance(window: Window) -> timedelta:
    """How early a trigger may arrive and still mean the next slot: a tenth of the window, at most 60 s."""
    if window.previous is None or window.following is None:
        return MOST_TOLERANCE
    return _tolerance(utc_of(window.previous), utc_of(window.following))


def current_slot(schedule: Schedule, now: datetime, *, early: bool = True) -> datetime | None:
    """The slot that a trigger at `now` means: the newest one not after `now` plus, if `early`, the tolerance.

    On demand, the beginning of the local day, without tolerance.
    """
    utc = utc_of(now)
    since, until, window = _cached_window(schedule, utc)
    if early and window.following is not None and until - utc <= _tolerance(since, until):
        return window.following
    return window.previous


def slots_between(schedule: Schedule, start: datetime, end: datetime) -> Iterator[datetime]:
    """The slots with start <= slot < end, ascending, calculated one by one; none if the job is on demand."""
    stop = utc_of(end)
    due = takewhile(lambda utc: utc < stop, rising(schedule, utc_of(start)))
    return (aware(schedule, utc) for utc in due)


def is_slot(schedule: Schedule, instant: datetime) -> bool:
    """Whether `instant`, to the microsecond, is a slot. On demand every instant is one."""
    utc = utc_of(instant)
    return schedule.expression is None or next(falling(schedule, utc), None) == utc


def in_utc(schedule: Schedule, start: datetime, end: datetime) -> Iterator[datetime]:
    """Slots in UTC, as they are stored: in a zone, the two slots of a repeated hour are equal to Python."""
    return (slot.astimezone(UTC) for slot in slots_between(schedule, start, end))


# -- windows and days, in UTC -----------------------------------------------------------------


def _cached_window(schedule: Schedule, utc: datetime) -> _Cached:
    known = _windows.get(schedule, ())
    for cached in known:
        if cached[0] <= utc < cached[1]:
            return cached
    if len(_windows) >= WINDOWS_KEPT:
        _windows.clear()
    made = _window(schedule, utc)
    _windows[schedule] = (made, *known[:1])
    return made


def _window(schedule: Schedule, utc: datetime) -> _Cached:
    if schedule.expression is None:
        return _day_window(schedule, utc)
    since = next(falling(schedule, utc), None)
    until = next(rising(schedule, _after(utc)), None)
    window = Window(_aware_or_none(schedule, since), _aware_or_none(schedule, until))
    return since or EARLIEST, until or LATEST, window


def _day_window(schedule: Schedule, utc: datetime) -> tuple[datetime, datetime, Window]:
    if utc < FIRST:
        return EARLIEST, FIRST, Window(None, None)
    today = aware(schedule, min(utc, LAST)).date()
    # Two days more: a zone may skip a day, and some clocks went back over a midnight that had already passed.
    starts = [start for days in range(3) if (start := day_start(schedule, today + DAY * days)) is not None]
    since = max(start for start in starts if start <= utc)
    until = min((start for start in starts if start > utc), default=LATEST)
    return since, until, Window(aware(schedule, since), None)


def day_start(schedule: Schedule, day: date) -> datetime | None:
    """The first instant of a local day; None if the zone skipped the day."""
    utc = utc_of(datetime.combine(day, time(), schedule.zone))
    if aware(schedule, utc).time() != time():
        # The clock jumped over midnight: the day begins right after the jump.
        utc = next(stretches(schedule.timezone, utc)).start
    return utc if aware(schedule, utc).date() == day else None


def utc_of(instant: datetime) -> datetime:
    """The instant in UTC; one beyond the range of datetime becomes the nearest end of that range."""
    if instant.tzinfo is UTC:  # most are, and this is asked several times of each job
        return instant
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
    """The instant in the schedule's zone."""
    return utc.astimezone(schedule.zone)


def _aware_or_none(schedule: Schedule, utc: datetime | None) -> datetime | None:
    return None if utc is None else aware(schedule, utc)

"""Schedule -> slots: the instants at which a job is due, a pure function of (schedule, zone, instant).

Daylight saving follows Debian cron. A job at fixed times whose minute the clock jumps over runs once, right
after the jump; one whose minute comes twice runs the first time. A job whose minute or hour field starts with
`*` follows the clock. All jobs follow a clock that moves by more than three hours (a change of date line).

Instants go in aware, in any zone, and come out aware in the schedule's zone; a naive one raises ValueError.
Slots exist from 1970 to 9997. All sums are done in UTC, for the reason given in `jobs_api.schedule.cron`; callers
that compare or collect slots should, too. To Python the two 02:30 of an autumn night are equal, and neither
equals itself in UTC.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, takewhile

from jobs_api.schedule.cron import FIRST, LAST, NONE, TICK, falling, rising, stretches
from jobs_api.schedule.cron import BadSchedule as BadSchedule
from jobs_api.schedule.cron import Schedule as Schedule

DAY = timedelta(days=1)
EARLIEST, LATEST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
MOST_TOLERANCE = timedelta(seconds=60)
WINDOWS_KEPT = 4096
# How many slots of one day an error names, and how far it counts them.
NAMED, COUNTED = 4, 100

RUN_DATE = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d|\d{8})"
    r"([T ](?P<time>\d\d:\d\d(:\d\d([.,]\d{1,9})?)?|\d{4}(\d\d([.,]\d{1,9})?)?)"
    r"(?P<offset>Z| ?[+-]\d\d(:?\d\d)?| \d\d(:?\d\d)?)?)?",
    re.ASCII,
)


class BadRunDate(ValueError):
    """A `run_date` that names no slot of the job; `str()` says why, and which instants would do.

    `problem` and `hint` are the two halves of the message; `hint` may be None.
    """

    def __init__(self, problem: str, hint: str | None = None) -> None:
        super().__init__(f"{problem} {hint}" if hint else problem)
        self.problem, self.hint = problem, hint


@dataclass(frozen=True, slots=True)
class Window:
    """The newest slot that is not after an instant, and the first one after it; None where there is none."""

    previous: datetime | None
    following: datetime | None


# Per schedule the last answer: (from, until, window). Replaced as one object, so that threads need no lock.
_windows: dict[Schedule, tuple[datetime, datetime, Window]] = {}


def previous_slot(schedule: Schedule, instant: datetime) -> datetime | None:
    """The newest slot that is not after `instant`; on demand, the newest beginning of a local day."""
    utc = _utc(instant)
    if schedule.expression is None:
        return _day_window(schedule, utc)[2].previous
    return _shown(schedule, next(falling(schedule, utc), None))


def next_slot(schedule: Schedule, instant: datetime) -> datetime | None:
    """The first slot after `instant`; on demand None."""
    return _shown(schedule, next(rising(schedule, _after(_utc(instant))), None))


def around(schedule: Schedule, instant: datetime) -> Window:
    """The previous and the next slot. Each schedule's last window is kept: asked within it, this is cheap."""
    return _known(schedule, _utc(instant))[2]


def tolerance(window: Window) -> timedelta:
    """How early a trigger may come and still mean the next slot: a tenth of the window, at most 60 s."""
    if window.previous is None or window.following is None:
        return MOST_TOLERANCE
    return _tolerance(_utc(window.previous), _utc(window.following))


def current_slot(schedule: Schedule, now: datetime, *, early: bool = True) -> datetime | None:
    """The slot that a trigger at `now` means: the newest one not after `now` plus, if `early`, the tolerance.

    On demand, the beginning of the local day, without tolerance.
    """
    utc = _utc(now)
    since, until, window = _known(schedule, utc)
    if early and window.following is not None and until - utc <= _tolerance(since, until):
        return window.following
    return window.previous


def slots_between(schedule: Schedule, start: datetime, end: datetime) -> Iterator[datetime]:
    """The slots with start <= slot < end, ascending, worked out as they are asked for; none on demand."""
    stop = _utc(end)
    due = takewhile(lambda utc: utc < stop, rising(schedule, _utc(start)))
    return (_aware(schedule, utc) for utc in due)


def is_slot(schedule: Schedule, instant: datetime) -> bool:
    """Whether `instant`, to the microsecond, is a slot. On demand any instant can be one."""
    utc = _utc(instant)
    return schedule.expression is None or next(falling(schedule, utc), None) == utc


def named_slot(schedule: Schedule, text: str, now: datetime) -> datetime:
    """The slot that a caller names: an ISO 8601 instant with offset, or the date of a local day with one.

    On demand, any instant is its own slot, and a date means the beginning of that day. It may lie ahead: see
    `require_come`. `now` is for the words of an error.
    Raises `BadRunDate` for what cannot be read, has no offset, is no slot, or means several.
    """
    asked = _read(schedule, text, now)
    slot = asked if isinstance(asked, datetime) else _slot_of_day(schedule, asked)
    if not is_slot(schedule, slot):
        raise _no_slot(schedule, slot.isoformat(), slot)
    return slot


def require_come(schedule: Schedule, slot: datetime, now: datetime) -> None:
    """Raise `BadRunDate` for a slot that is further ahead of `now` than the tolerance: on demand, none."""
    ahead = _utc(slot) - _utc(now)
    if ahead <= NONE:
        return
    if ahead > (NONE if schedule.expression is None else tolerance(around(schedule, now))):
        shown = _aware(schedule, _utc(slot)).isoformat()
        raise BadRunDate(f"run_date {shown} is in the future.", _newest(schedule, now))


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
    today = _aware(schedule, min(utc, LAST)).date()
    # Two days more: a zone may skip one, and some went back past a midnight that had begun a day already.
    starts = [start for days in range(3) if (start := _day_start(schedule, today + DAY * days)) is not None]
    since = max(start for start in starts if start <= utc)
    until = min((start for start in starts if start > utc), default=LATEST)
    return since, until, Window(_aware(schedule, since), None)


def _day_start(schedule: Schedule, day: date) -> datetime | None:
    """The first instant of a local day, None where the zone skipped the day."""
    utc = _utc(datetime.combine(day, time(), schedule.zone))
    if _aware(schedule, utc).time() != time():
        # The clock jumped over midnight: what follows the jump begins the day.
        utc = next(stretches(schedule.timezone, utc)).start
    return utc if _aware(schedule, utc).date() == day else None


def _utc(instant: datetime) -> datetime:
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


def _aware(schedule: Schedule, utc: datetime) -> datetime:
    return utc.astimezone(schedule.zone)


def _shown(schedule: Schedule, utc: datetime | None) -> datetime | None:
    return None if utc is None else _aware(schedule, utc)


# -- the text of a run_date -------------------------------------------------------------------


def _read(schedule: Schedule, text: str, now: datetime) -> datetime | date:
    """An aware instant in the schedule's zone, or a date."""
    try:
        asked = _parsed(text)
    except ValueError:
        example = _aware(schedule, _utc(now).replace(microsecond=0)).isoformat()
        hint = f"Write an instant with its offset such as {example}, or a date such as {example[:10]}."
        raise BadRunDate(f"run_date {text[:64]!r} cannot be read.", hint) from None
    if not FIRST.year <= asked.year < LAST.year:
        years = f"{FIRST.year} to {LAST.year - 1}"
        raise BadRunDate(f"run_date {asked.isoformat()} is outside the years {years}.")
    if not isinstance(asked, datetime):
        return asked
    if asked.tzinfo is None:
        raise _naive(schedule, asked)
    return _aware(schedule, _utc(asked))


def _parsed(text: str) -> datetime | date:
    found = RUN_DATE.fullmatch(text.strip().upper())
    if found is None:
        raise ValueError(text)
    if found["time"] is None:
        return date.fromisoformat(found["day"])
    offset = (found["offset"] or "").strip()
    # In a query a + means a space: digits without a sign had one.
    sign = "+" if offset[:1].isdigit() else ""
    return datetime.fromisoformat(f"{found['day']}T{found['time']}{sign}{offset}")


def _naive(schedule: Schedule, wall: datetime) -> BadRunDate:
    # Through UTC, so that the example exists even where the clock jumps.
    example = _aware(schedule, _utc(wall.replace(tzinfo=schedule.zone))).isoformat()
    hint = f"The job's zone is {schedule.timezone}: write {example}."
    return BadRunDate(f"run_date {wall.isoformat()} has no UTC offset.", hint)


def _slot_of_day(schedule: Schedule, day: date) -> datetime:
    start = _day_start(schedule, day)
    if start is None:
        raise BadRunDate(f"run_date {day} does not exist in {schedule.timezone}: its clock skipped that day.")
    if schedule.expression is None:
        return _aware(schedule, start)
    # No day is longer than two; the date decides, as an hour of the day may come after one of the next.
    near = slots_between(schedule, start, start + DAY * 2)
    slots = list(islice((slot for slot in near if slot.date() == day), COUNTED + 1))
    if not slots:
        raise _no_slot(schedule, day.isoformat(), _aware(schedule, start))
    if len(slots) > 1:
        raise _several(schedule, day, slots)
    return slots[0]


def _several(schedule: Schedule, day: date, slots: list[datetime]) -> BadRunDate:
    count = f"{len(slots)}" if len(slots) <= COUNTED else f"more than {COUNTED}"
    named = ", ".join(slot.isoformat() for slot in slots[:NAMED])
    rest = " and so on" if len(slots) > NAMED else ""
    return BadRunDate(f"run_date {day} has {count} slots of {_told(schedule)}.", f"Name one: {named}{rest}.")


def _no_slot(schedule: Schedule, asked: str, near: datetime) -> BadRunDate:
    both = previous_slot(schedule, near), next_slot(schedule, near)
    named = " and ".join(slot.isoformat() for slot in both if slot is not None)
    return BadRunDate(f"run_date {asked} is no slot of {_told(schedule)}.", f"The nearest: {named}.")


def _newest(schedule: Schedule, now: datetime) -> str | None:
    if schedule.expression is None:
        return "A job without schedule takes any instant that has passed."
    newest = current_slot(schedule, now)
    return f"The newest slot is {newest.isoformat()}." if newest else None


def _told(schedule: Schedule) -> str:
    return f'"{schedule.expression}" in {schedule.timezone}'

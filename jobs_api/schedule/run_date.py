"""The `run_date` that a caller names: which slot it is, or why it is none and which ones are near."""

import re
from datetime import date, datetime
from itertools import islice

from jobs_api.schedule.cron import FIRST, LAST, NONE, Schedule
from jobs_api.schedule.slots import (
    DAY,
    around,
    aware,
    current_slot,
    day_start,
    is_slot,
    next_slot,
    previous_slot,
    slots_between,
    tolerance,
    utc_of,
)

# How many slots of one day an error names, and how far it counts them.
NAMED = 4
COUNTED = 100


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


def _read(schedule: Schedule, text: str, now: datetime) -> datetime | date:
    """An aware instant in the schedule's zone, or a date."""
    try:
        asked = _parsed(text)
    except ValueError:
        example = aware(schedule, utc_of(now).replace(microsecond=0)).isoformat()
        hint = f"Write an instant with its offset such as {example}, or a date such as {example[:10]}."
        raise BadRunDate(f"run_date {text[:64]!r} cannot be read.", hint) from None
    if not FIRST.year <= asked.year < LAST.year:
        years = f"{FIRST.year} to {LAST.year - 1}"
        raise BadRunDate(f"run_date {asked.isoformat()} is outside the years {years}.")
    if not isinstance(asked, datetime):
        return asked
    if asked.tzinfo is None:
        raise _naive(schedule, asked)
    return aware(schedule, utc_of(asked))


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
    example = aware(schedule, utc_of(wall.replace(tzinfo=schedule.zone))).isoformat()
    hint = f"The job's zone is {schedule.timezone}: write {example}."
    return BadRunDate(f"run_date {wall.isoformat()} has no UTC offset.", hint)


def _slot_of_day(schedule: Schedule, day: date) -> datetime:
    start = day_start(schedule, day)
    if start is None:
        raise BadRunDate(f"run_date {day} does not exist in {schedule.timezone}: its clock skipped that day.")
    if schedule.expression is None:
        return aware(schedule, start)
    # No day is longer than two; the date decides, as an hour of the day may come after one of the next.
    near = slots_between(schedule, start, start + DAY * 2)
    slots = list(islice((slot for slot in near if slot.date() == day), COUNTED + 1))
    if not slots:
        raise _no_slot(schedule, day.isoformat(), aware(schedule, start))
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


def require_come(schedule: Schedule, slot: datetime, now: datetime) -> None:
    """Raise `BadRunDate` for a slot that is further ahead of `now` than the tolerance: on demand, none."""
    ahead = utc_of(slot) - utc_of(now)
    if ahead <= NONE:
        return
    if ahead > (NONE if schedule.expression is None else tolerance(around(schedule, now))):
        shown = aware(schedule, utc_of(slot)).isoformat()
        raise BadRunDate(f"run_date {shown} is in the future.", _newest(schedule, now))

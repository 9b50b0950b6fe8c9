"""The `run_date` that a caller sends: which slot it is, or why it is not one and which slots are near."""

import re
from datetime import date, datetime
from functools import lru_cache
from itertools import islice

from jobs_api.schedule.cron import NONE, Schedule
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
from jobs_api.schedule.zones import FIRST, LAST

# How many slots of one day an error lists, and up to which number it counts them.
NAMED = 4
COUNTED = 100


RUN_DATE = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d|\d{8})"
    r"([T ](?P<time>\d\d:\d\d(:\d\d([.,]\d{1,9})?)?|\d{4}(\d\d([.,]\d{1,9})?)?)"
    r"(?P<offset>Z| ?[+-]\d\d(:?\d\d)?| \d\d(:?\d\d)?)?)?",
    re.ASCII,
)


LONGEST = 80
"""Characters; a text of that length is not a date, whatever follows."""


class BadRunDate(ValueError):
    """A `run_date` that is not a slot of the job; `str()` tells why, and which instants are slots.

    `problem` and `hint` are the two halves of the message; `hint` may be None.
    """

    def __init__(self, problem: str, hint: str | None = None) -> None:
        super().__init__(f"{problem} {hint}" if hint else problem)
        self.problem, self.hint = problem, hint


def named_slot(schedule: Schedule, text: str, now: datetime) -> datetime:
    """The slot that a caller requests: an ISO 8601 instant with offset, or a local day that has one slot.

    If the job is on demand, any instant is its own slot, and a date means the beginning of that day. The slot
    may be in the future: see `require_past`. `now` is used in error messages only.
    Raises `BadRunDate` for text that cannot be read, has no offset, is not a slot, or means several slots.
    """
    requested = _read(schedule, text, now)
    slot = requested if isinstance(requested, datetime) else _slot_of_day(schedule, requested)
    if not is_slot(schedule, slot):
        raise _no_slot(schedule, slot.isoformat(), slot)
    return slot


def _read(schedule: Schedule, text: str, now: datetime) -> datetime | date:
    """An aware instant in the schedule's zone, or a date."""
    try:
        requested = _parsed(text.strip()[:LONGEST])
    except ValueError:
        example = aware(schedule, utc_of(now).replace(microsecond=0)).isoformat()
        hint = f"Write an instant with its offset such as {example}, or a date such as {example[:10]}."
        raise BadRunDate(f"run_date {text[:64]!r} cannot be read.", hint) from None
    if not FIRST.year <= requested.year < LAST.year:
        years = f"{FIRST.year} to {LAST.year - 1}"
        raise BadRunDate(f"run_date {requested.isoformat()} is outside the years {years}.")
    if not isinstance(requested, datetime):
        return requested
    if requested.tzinfo is None:
        raise _naive(schedule, requested)
    return aware(schedule, utc_of(requested))


@lru_cache(maxsize=256)
def _parsed(text: str) -> datetime | date:
    """A pure function of a short text: the repeats of a trigger send the same."""
    match = RUN_DATE.fullmatch(text.upper())
    if match is None:
        raise ValueError(text)
    if match["time"] is None:
        return date.fromisoformat(match["day"])
    offset = (match["offset"] or "").strip()
    # In a query a + is read as a space: digits without a sign had a + before them.
    sign = "+" if offset[:1].isdigit() else ""
    return datetime.fromisoformat(f"{match['day']}T{match['time']}{sign}{offset}")


def _naive(schedule: Schedule, wall: datetime) -> BadRunDate:
    # Converted through UTC, so that the example exists even where the clock jumps.
    example = aware(schedule, utc_of(wall.replace(tzinfo=schedule.zone))).isoformat()
    hint = f"The job's zone is {schedule.timezone}: write {example}."
    return BadRunDate(f"run_date {wall.isoformat()} has no UTC offset.", hint)


def _slot_of_day(schedule: Schedule, day: date) -> datetime:
    start = day_start(schedule, day)
    if start is None:
        raise BadRunDate(f"run_date {day} does not exist in {schedule.timezone}: its clock skipped that day.")
    if schedule.expression is None:
        return aware(schedule, start)
    # A local day ends within 48 hours. The date of each slot decides: where a clock goes back over midnight,
    # an hour of this day can come after an hour of the next day.
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
    return BadRunDate(
        f"run_date {day} has {count} slots of {_described(schedule)}.", f"Name one: {named}{rest}."
    )


def _no_slot(schedule: Schedule, requested: str, near: datetime) -> BadRunDate:
    both = previous_slot(schedule, near), next_slot(schedule, near)
    named = " and ".join(slot.isoformat() for slot in both if slot is not None)
    return BadRunDate(
        f"run_date {requested} is not a slot of {_described(schedule)}.", f"The nearest: {named}."
    )


def _newest(schedule: Schedule, now: datetime) -> str | None:
    if schedule.expression is None:
        return "A job without a schedule accepts any instant in the past."
    newest = current_slot(schedule, now)
    return f"The newest slot is {newest.isoformat()}." if newest else None


def _described(schedule: Schedule) -> str:
    return f'"{schedule.expression}" in {schedule.timezone}'


def require_past(schedule: Schedule, slot: datetime, now: datetime) -> None:
    """Raise `BadRunDate` for a slot further ahead of `now` than the tolerance; on demand that is zero."""
    ahead = utc_of(slot) - utc_of(now)
    if ahead <= NONE:
        return
    if ahead > (NONE if schedule.expression is None else tolerance(around(schedule, now))):
        text = aware(schedule, utc_of(slot)).isoformat()
        raise BadRunDate(f"run_date {text} is in the future.", _newest(schedule, now))

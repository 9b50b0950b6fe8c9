"""Every minute around every kind of clock change, against Debian's cron as played in `reference`.

Pain 12: twice, an hour late, or not at all.
"""

from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from jobs_api.schedule.slots import Schedule, is_slot, next_slot, previous_slot, slots_between

from .reference import CHANGES, at, due, instants

# Fixed times, and both kinds of wildcard, at hours that one change or another moves.
NIGHTLY = (
    "30 2 * * *",
    "15 0-5 * * *",
    "20 0,23 * * *",
    "*/15 2 * * *",
    "*/20 0,3,23 * * *",
    "30 */2 * * *",
)
LINES = (
    *NIGHTLY,
    "0 2 * * *",
    "0,30 2 * * *",
    "30 1,2 * * *",
    "0 2,3 * * *",
    "0 0 * * *",
    "10-50/20 1-3 * * *",
    "0 * * * *",
    "*/30 * * * *",
    "45 * * * *",
    "7-59/13 * * * *",
)
AROUND, KNOWN, MINUTE = timedelta(hours=6), timedelta(hours=40), timedelta(minutes=1)
MINUTES = [*range(-360, -150, 5), *range(-150, 151), *range(155, 361, 5)]
"""Every one near the change; further away one in five, on which alone these lines have slots."""

nights = pytest.mark.parametrize("night", CHANGES)


@nights
def test_the_clock_changes_when_these_tests_say_so(night):
    zone, change, before, after = CHANGES[night]
    local = [moment.astimezone(ZoneInfo(zone)).isoformat() for moment in (at(change) - MINUTE, at(change))]
    assert [text[-6:] for text in local] == [before, after]


@nights
def test_every_minute_of_a_change_night_has_the_slots_that_debian_gives_it(night):
    zone, change, *_ = CHANGES[night]
    for line in NIGHTLY if "none" not in night else NIGHTLY[-3:]:
        _compare_every_minute(line, zone, at(change))


def _compare_every_minute(line: str, zone: str, change: datetime) -> None:
    schedule = Schedule.parse(line, zone)
    expected = due(line, zone, change - KNOWN, change + KNOWN)
    for minutes in MINUTES:
        minute = change + MINUTE * minutes
        position = bisect_right(expected, minute)
        told = [previous_slot(schedule, minute), next_slot(schedule, minute)]
        assert instants(told) == expected[position - 1 : position + 1], (line, minute)


@nights
def test_every_minute_of_a_change_night_is_a_slot_only_where_debian_starts_the_job(night):
    zone, change, *_ = CHANGES[night]
    for line in NIGHTLY:
        schedule = Schedule.parse(line, zone)
        expected = set(due(line, zone, at(change) - KNOWN, at(change) + KNOWN))
        for minutes in range(-150, 151):
            minute = at(change) + MINUTE * minutes
            assert is_slot(schedule, minute) == (minute in expected), (line, minute)


@nights
def test_the_slots_between_two_days_around_a_change_are_those_of_debian(night):
    zone, change, *_ = CHANGES[night]
    start, end = at(change) - KNOWN, at(change) + KNOWN
    for line in LINES:
        slots = slots_between(Schedule.parse(line, zone), start, end)
        assert instants(slots) == due(line, zone, start, end), line


@nights
def test_an_instant_just_before_a_slot_belongs_to_the_one_before(night):
    zone, change, *_ = CHANGES[night]
    for line in LINES:
        schedule = Schedule.parse(line, zone)
        expected = due(line, zone, at(change) - KNOWN, at(change) + KNOWN)
        for earlier, slot in pairwise(expected):
            told = (
                previous_slot(schedule, slot - timedelta.resolution),
                next_slot(schedule, slot - MINUTE / 60),
            )
            assert instants(list(told)) == [earlier, slot], (line, slot)


@nights
def test_slots_carry_the_offset_that_the_zone_has_at_that_instant(night):
    zone, change, *_ = CHANGES[night]
    schedule = Schedule.parse("*/30 * * * *", zone)
    for slot in slots_between(schedule, at(change) - AROUND, at(change) + AROUND):
        assert slot.tzinfo is schedule.zone
        assert slot.isoformat() == slot.astimezone(UTC).astimezone(ZoneInfo(zone)).isoformat()
        assert (slot.minute % 30, slot.second, slot.microsecond) == (0, 0, 0)

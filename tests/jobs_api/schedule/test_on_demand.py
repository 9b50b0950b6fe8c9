"""A job without schedule: one slot per local day, its first instant; and any instant that has passed."""

from datetime import UTC, date, datetime, timedelta

import pytest

from jobs_api.schedule import slots, zones
from jobs_api.schedule.run_date import BadRunDate
from jobs_api.schedule.slots import (
    Schedule,
    around,
    current_slot,
    is_slot,
    next_slot,
    previous_slot,
    slots_between,
)

from .naming import explicit_slot
from .reference import CHANGES, at

NOW = at("2026-11-20T17:00Z")
BERLIN = Schedule.parse(None, "Europe/Berlin")


def demand(zone: str) -> Schedule:
    return Schedule.parse(None, zone)


@pytest.mark.parametrize(
    ("zone", "now", "start"),
    [
        ("UTC", "2026-11-20T17:00Z", "2026-11-20T00:00:00+00:00"),
        ("Europe/Berlin", "2026-11-20T22:59:59Z", "2026-11-20T00:00:00+01:00"),
        ("Europe/Berlin", "2026-11-20T23:00Z", "2026-11-21T00:00:00+01:00"),
        ("Pacific/Kiritimati", "2026-11-20T10:00Z", "2026-11-21T00:00:00+14:00"),
        ("Pacific/Pago_Pago", "2026-11-20T10:59:59Z", "2026-11-19T00:00:00-11:00"),
        # no midnight
        ("America/Sao_Paulo", "2018-11-04T12:00-02:00", "2018-11-04T01:00:00-02:00"),
        ("America/Sao_Paulo", "2018-11-04T02:59:59Z", "2018-11-03T00:00:00-03:00"),
        ("Asia/Beirut", "2025-03-30T12:00+03:00", "2025-03-30T01:00:00+03:00"),
        ("Africa/Cairo", "2025-04-25T12:00+03:00", "2025-04-25T01:00:00+03:00"),
        # midnight twice
        ("America/Havana", "2025-11-02T00:30-05:00", "2025-11-02T00:00:00-04:00"),
        ("America/Sao_Paulo", "2018-02-17T23:30-03:00", "2018-02-17T00:00:00-02:00"),
        # a day left out
        ("Pacific/Apia", "2011-12-30T10:00Z", "2011-12-31T00:00:00+14:00"),
        ("Pacific/Apia", "2011-12-30T09:59Z", "2011-12-29T00:00:00-10:00"),
        # midnight, then 23:01 of the day before: what has begun stays begun
        ("America/St_Johns", "2010-11-07T02:30:59Z", "2010-11-07T00:00:00-02:30"),
        ("America/St_Johns", "2010-11-06T23:30-03:30", "2010-11-07T00:00:00-02:30"),
    ],
)
def test_the_slot_is_the_first_instant_of_the_local_day(zone, now, start):
    assert previous_slot(demand(zone), at(now)).isoformat() == start
    assert current_slot(demand(zone), at(now)).isoformat() == start
    assert around(demand(zone), at(now)).previous.isoformat() == start


def test_a_day_whose_first_half_hour_is_left_out_begins_after_it(monkeypatch):
    # Toronto went from 23:30 to 00:30; no zone has done so since the first slots of all.
    early = at("1900-01-01T00:00Z")
    monkeypatch.setattr(zones, "FIRST", early)
    monkeypatch.setattr(slots, "FIRST", early)
    slot = previous_slot(demand("America/Toronto"), at("1919-03-31T12:00-04:00"))
    assert slot.isoformat() == "1919-03-31T00:30:00-04:00"


def test_there_is_no_tolerance_and_no_next_slot():
    midnight = at("2026-11-20T00:00+01:00")
    for early in (True, False):
        before = current_slot(BERLIN, midnight - timedelta.resolution, early=early)
        assert before.isoformat() == "2026-11-19T00:00:00+01:00"
    assert next_slot(BERLIN, NOW) is None
    assert around(BERLIN, NOW).following is None


def test_run_due_and_backfill_find_no_slots():
    assert list(slots_between(BERLIN, at("2020-01-01T00:00Z"), NOW)) == []


def test_any_instant_can_be_its_slot():
    assert is_slot(BERLIN, NOW)
    assert is_slot(BERLIN, NOW + timedelta.resolution)


@pytest.mark.parametrize("night", CHANGES)
def test_every_minute_around_a_change_has_the_first_minute_of_its_day(night):
    zone, change, *_ = CHANGES[night]
    schedule = demand(zone)
    minutes = [at(change) + timedelta(minutes=n) for n in range(-1600, 1601)]
    begun, newest = set[date](), None
    for minute in minutes:
        today = minute.astimezone(schedule.zone).date()
        if today not in begun:
            begun.add(today)
            newest = minute
        # The first day seen began before these minutes.
        if len(begun) > 1:
            assert around(schedule, minute).previous.astimezone(UTC) == newest, minute
            assert previous_slot(schedule, minute).astimezone(UTC) == newest, minute


@pytest.mark.parametrize(
    ("text", "slot"),
    [
        ("2026-11-20T17:00:00Z", "2026-11-20T18:00:00+01:00"),
        ("2026-11-20T16:59:59.123456Z", "2026-11-20T17:59:59.123456+01:00"),
        ("2026-11-19T03:07:11 01:00", "2026-11-19T03:07:11+01:00"),
        ("2026-10-25T02:30:00+01:00", "2026-10-25T02:30:00+01:00"),
        ("1999-12-31T23:59:59Z", "2000-01-01T00:59:59+01:00"),
        ("2026-11-20", "2026-11-20T00:00:00+01:00"),
        ("2018-01-01", "2018-01-01T00:00:00+01:00"),
    ],
)
def test_an_instant_that_has_passed_is_its_own_slot_and_a_date_the_beginning_of_the_day(text, slot):
    assert explicit_slot(BERLIN, text, NOW).isoformat() == slot


@pytest.mark.parametrize(
    "text", ["2026-11-20T17:00:00.000001Z", "2026-11-20T17:00:30Z", "2026-11-21", "2030-01-01"]
)
def test_an_instant_in_the_future_is_refused_without_tolerance(text):
    with pytest.raises(BadRunDate, match=r"is in the future.*accepts any instant in the past"):
        explicit_slot(BERLIN, text, NOW)


def test_a_naive_instant_is_refused_with_the_zone():
    with pytest.raises(BadRunDate, match=r"zone is Europe/Berlin: write 2026-11-20T03:00:00\+01:00"):
        explicit_slot(BERLIN, "2026-11-20T03:00", NOW)


@pytest.mark.parametrize("day", ["2018-11-04", "2018-02-18"])
def test_a_date_begins_where_the_clock_says_so_for_the_first_time(day):
    slot = explicit_slot(demand("America/Sao_Paulo"), day, NOW)
    before = slot.astimezone(UTC) - timedelta(seconds=1)
    assert slot.date() == date.fromisoformat(day)
    assert before.astimezone(slot.tzinfo).date() < slot.date()
    assert datetime.fromisoformat(slot.isoformat()).astimezone(UTC) == slot.astimezone(UTC)

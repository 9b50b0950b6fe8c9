"""Callers whose clock is a little fast must hit the slot that they mean (contract, part 4, rule 3)."""

from datetime import datetime, timedelta

import pytest

from jobs_api.schedule.slots import Schedule, around, current_slot, tolerance

from .reference import at

DAILY = Schedule.parse("0 3 * * *", "America/New_York")
MINUTELY = Schedule.parse("* * * * *", "UTC")


def slot(schedule: Schedule, now: datetime, **how: bool) -> str:
    return current_slot(schedule, now, **how).isoformat()


@pytest.mark.parametrize(
    ("seconds", "day"),
    [
        (-60.000001, 19),
        (-60, 20),
        (-59.9, 20),
        (-1, 20),
        (0, 20),
        (0.000001, 20),
        (3600, 20),
        (86339.9, 20),
        (86340, 21),
    ],
)
def test_a_daily_job_takes_triggers_up_to_a_minute_early(seconds, day):
    now = at("2026-11-20T03:00-05:00") + timedelta(seconds=seconds)
    assert slot(DAILY, now) == f"2026-11-{day}T03:00:00-05:00"


@pytest.mark.parametrize(
    ("seconds", "minute"), [(-6.000001, 29), (-6, 30), (-5.9, 30), (0, 30), (53.9, 30), (54, 31), (59.9, 31)]
)
def test_a_job_of_every_minute_takes_triggers_up_to_six_seconds_early(seconds, minute):
    now = at("2026-11-20T12:30Z") + timedelta(seconds=seconds)
    assert slot(MINUTELY, now) == f"2026-11-20T12:{minute}:00+00:00"


@pytest.mark.parametrize("seconds", [-60, -59.9, -0.000001])
def test_without_tolerance_an_early_trigger_means_the_slot_before(seconds):
    now = at("2026-11-20T03:00-05:00") + timedelta(seconds=seconds)
    assert slot(DAILY, now, early=False) == "2026-11-19T03:00:00-05:00"
    assert slot(DAILY, at("2026-11-20T03:00-05:00"), early=False) == "2026-11-20T03:00:00-05:00"


@pytest.mark.parametrize(
    ("line", "seconds"),
    [
        ("* * * * *", 6),
        ("*/2 * * * *", 12),
        ("*/5 * * * *", 30),
        ("*/10 * * * *", 60),
        ("0 * * * *", 60),
        ("@daily", 60),
        ("@yearly", 60),
    ],
)
def test_the_tolerance_is_a_tenth_of_the_time_between_slots_but_at_most_a_minute(line, seconds):
    window = around(Schedule.parse(line, "Europe/Berlin"), at("2026-06-15T12:01:30Z"))
    assert tolerance(window) == timedelta(seconds=seconds)


def test_the_tolerance_depends_on_the_two_slots_around_now():
    uneven = Schedule.parse("0,2,30 * * * *", "UTC")
    assert tolerance(around(uneven, at("2026-06-15T12:01Z"))) == timedelta(seconds=12)
    assert tolerance(around(uneven, at("2026-06-15T12:02Z"))) == timedelta(seconds=60)


def test_the_time_between_slots_is_real_time_on_a_change_night():
    half_hourly = Schedule.parse("*/30 * * * *", "Europe/Berlin")
    spring, autumn = (around(half_hourly, at(text)) for text in ("2026-03-29T00:45Z", "2026-10-25T00:45Z"))
    assert tolerance(spring) == tolerance(autumn) == timedelta(seconds=60)
    assert spring.following.timestamp() - spring.previous.timestamp() == 1800
    assert autumn.following.timestamp() - autumn.previous.timestamp() == 1800


def test_a_minute_job_keeps_its_six_seconds_across_the_autumn_change():
    job = Schedule.parse("* * * * *", "Europe/Berlin")
    now = at("2026-10-25T00:59:55Z")
    assert tolerance(around(job, now)) == timedelta(seconds=6)
    assert slot(job, now) == "2026-10-25T02:00:00+01:00"


def test_an_early_trigger_hits_a_slot_that_the_clock_jumps_to():
    job = Schedule.parse("30 2 * * *", "Europe/Berlin")
    assert slot(job, at("2026-03-29T00:59:30Z")) == "2026-03-29T03:00:00+02:00"


def test_an_early_trigger_before_the_repeated_hour_does_not_repeat_the_job():
    job = Schedule.parse("0 2 * * *", "Europe/Berlin")
    assert slot(job, at("2026-10-25T00:59:59Z")) == "2026-10-25T02:00:00+02:00"

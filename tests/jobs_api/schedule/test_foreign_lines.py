"""Cron lines of other schedulers, as they are written; with the exporters, two years of them are played."""

from __future__ import annotations

import pytest

from jobs_api.schedule.foreign_lines import Inexpressible, Target, foreign_lines
from jobs_api.schedule.slots import Schedule

NEW_YORK, BERLIN, KOLKATA = "America/New_York", "Europe/Berlin", "Asia/Kolkata"
LORD_HOWE, CHATHAM = "Australia/Lord_Howe", "Pacific/Chatham"


def written(expression, timezone="UTC", *, year=2026, **target):
    usual = {"zones": False, "sunday": None, "last_day": False, "lines": None, "floor": 1}
    return foreign_lines(Schedule.parse(expression, timezone), Target(**{**usual, **target}), year)


@pytest.mark.parametrize(
    ("expression", "line"),
    [
        ("0 3 * * *", "0 3 * * *"),
        ("*/5 * * * *", "*/5 * * * *"),
        ("@hourly", "0 * * * *"),
        ("5-20/5 * * * *", "5,10,15,20 * * * *"),
        ("0 9-17 * * 1-5", "0 9-17 * * MON-FRI"),
        ("0 9 * * 5-7", "0 9 * * FRI,SAT,SUN"),
        ("0 9 * * 0-2", "0 9 * * MON,TUE,SUN"),
        ("0 9 * * 0-7", "0 9 * * *"),
        ("0 9 1-31 * *", "0 9 * * *"),
        ("0 9 1-31 * 1", "0 9 * * *"),
        ("0 9 * JAN,DEC *", "0 9 * 1,12 *"),
        ("0 0,12 * * *", "0 */12 * * *"),
        ("0 9 */2 * 1", "0 9 * * MON"),
        ("0 9 1-7 * */2", "0 9 1-7 * *"),
        ("0 9 L * *", "0 9 28-31 * *"),
        ("0 9 LW * *", "0 9 26-31 * *"),
        ("0 9 * * 5L", "0 9 * * FRI"),
        ("0 9 * * MON#2", "0 9 * * MON"),
    ],
)
def test_a_line_is_written_so_that_all_read_it_alike(expression, line):
    assert written(expression).lines == (line,)


@pytest.mark.parametrize(
    ("sunday", "weekdays", "weekend"),
    [(0, "1-5", "0,6"), (1, "2-6", "1,7"), (7, "1-5", "6,7"), (6, "0-4", "5,6")],
)
def test_days_are_numbered_as_the_platform_does(sunday, weekdays, weekend):
    assert written("0 9 * * MON-FRI", sunday=sunday).lines == (f"0 9 * * {weekdays}",)
    assert written("0 9 * * SAT,SUN", sunday=sunday).lines == (f"0 9 * * {weekend}",)


def test_where_day_and_weekday_are_alternatives_each_has_a_line():
    assert written("0 6 1,15 * 1").lines == ("0 6 1,15 * *", "0 6 * * MON")


def test_in_a_zone_a_job_at_fixed_times_is_written_without_a_star():
    """With one, it would follow a clock that changes."""
    assert written("0 0,12 * * *", BERLIN, zones=True).lines == ("0 0,12 * * *",)
    assert written("0 */12 * * *", BERLIN, zones=True).lines == ("0 */12 * * *",)
    assert written("0 0-23 * * *", BERLIN, zones=True).lines == ("0 0-23 * * *",)


@pytest.mark.parametrize(
    ("expression", "timezone", "lines"),
    [
        ("0 3 * * *", NEW_YORK, ("0 8 * 1-3,11,12 *", "0 7 * 3-11 *")),
        ("0 3 * * *", KOLKATA, ("30 21 * * *",)),
        ("*/5 * * * *", NEW_YORK, ("*/5 * * * *",)),
        ("0 * * * *", KOLKATA, ("30 * * * *",)),
        ("30 9 * * 1-5", BERLIN, ("30 8 * 1-3,10-12 MON-FRI", "30 7 * 3-10 MON-FRI")),
        ("0 9 * * 1-5", LORD_HOWE, ("0 22 * 1-4,9-12 MON-THU,SUN", "30 22 * 4-10 MON-THU,SUN")),
        ("30 19 * * 5", NEW_YORK, ("30 0 * 1-3,11,12 SAT", "30 23 * 3-11 FRI")),
        ("0 2 1 * *", KOLKATA, ("30 20 28-31 * *",)),
        ("0 22 28-31 * *", "Etc/GMT+5", ("0 3 1,29-31 * *",)),
        ("0 22 L * *", "Etc/GMT+5", ("0 3 1 * *",)),
        ("0 22 31 12 *", "Etc/GMT+5", ("0 3 1 1 *",)),
        ("0 22 * 3 *", "Etc/GMT+5", ("0 3 * 3,4 *",)),
        ("0 2 1 1 *", KOLKATA, ("30 20 31 12 *",)),
        ("0 2 29 2 *", KOLKATA, ("30 20 28 2 *",)),
    ],
)
def test_in_utc_each_offset_has_a_line_in_its_own_months(expression, timezone, lines):
    assert written(expression, timezone).lines == lines


def test_where_lines_are_few_one_fires_at_the_times_of_all_offsets():
    found = written("0 3 * * *", NEW_YORK, lines=1)
    assert (found.lines, found.timezone, found.surplus) == (("0 7,8 * * *",), "UTC", True)
    assert written("0 3 * * *", NEW_YORK, lines=2).lines == ("0 8 * 1-3,11,12 *", "0 7 * 3-11 *")


def test_the_last_day_is_written_where_it_is_known():
    assert written("0 9 L * *", last_day=True).lines == ("0 9 L * *",)
    assert written("0 2 1 * *", KOLKATA, last_day=True).lines == ("30 20 L * *",)
    assert written("0 2 L * *", KOLKATA, last_day=True).lines == ("30 20 27-30 * *",)


def test_two_slots_in_the_night_of_the_jump_have_a_line_of_their_own_for_the_first():
    """At 01:00 UTC, 03:00 in Berlin, the 02:05 that there was not is due; 03:05 follows in five minutes."""
    found = written("5 1-12 * * *", BERLIN)
    assert found.lines == ("5 0-11 * 1-3,10-12 *", "5 0-10,23 * 3-10 *", "0 1 26,28,29 3 *")
    assert written("5 1-12 * * *", BERLIN, lines=2).lines == found.lines[:2]
    assert len(written("5 2 * * *", BERLIN).lines) == 2, "the old offset's fire comes in time"
    assert len(written("5 */2 * * *", BERLIN).lines) == 2, "it follows the clock: nothing is due at the jump"


@pytest.mark.parametrize("zones", [False, True])
def test_a_date_that_never_comes_has_no_line(zones):
    """February has no 31st, and a Monday is enough for this schedule."""
    assert written("0 6 31 2,4 1", zones=zones).lines == ("0 6 * 2,4 MON",)


def test_chatham_needs_up_to_eight_lines():
    found = written("0,50 9-17 * * 1-5", CHATHAM)
    assert len(found.lines) == 8


@pytest.mark.parametrize(
    ("expression", "target", "why"),
    [
        ("0 6 1,15 * 1", {"lines": 1}, "takes one line for a job, and this one needs 2"),
        ("*/5 * * * *", {"floor": 10}, "calls every 10 minutes at most, and this job is due after 5"),
        ("58,2 * * * *", {"floor": 5}, "calls every 5 minutes at most, and this job is due after 4"),
        ("0 0,23 * * *", {"floor": 120}, "calls every 120 minutes at most, and this job is due after 60"),
    ],
)
def test_what_cannot_be_expressed_is_refused_with_the_reason(expression, target, why):
    with pytest.raises(Inexpressible, match=why):
        written(expression, **target)


def test_a_slot_that_the_clock_jumps_over_is_called_in_the_month_after_the_jump():
    """In 2008 Casablanca's clock jumped over the first hour of June: the fire for 00:30 comes in June."""
    early, _ = written("30 0 * * *", "Africa/Casablanca", year=2008).lines
    assert early.startswith("30 0 * ")
    assert "1-6" in early


def test_a_job_on_demand_has_no_lines():
    with pytest.raises(ValueError, match="on demand"):
        written(None)

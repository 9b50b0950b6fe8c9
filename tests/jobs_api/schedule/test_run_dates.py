"""The run_date that a caller sends for a job with a schedule (contract, part 4, rule 1)."""

import re
from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs_api.schedule.run_date import BadRunDate
from jobs_api.schedule.slots import Schedule

from .naming import explicit_slot
from .reference import at

NIGHTLY = Schedule.parse("0 3 * * *", "America/New_York")
MONDAYS = Schedule.parse("0 3 * * MON", "America/New_York")
HOURLY = Schedule.parse("0 * * * *", "Europe/Berlin")
MINUTELY = Schedule.parse("* * * * *", "UTC")
NOW = at("2026-11-20T17:00Z")


def named(schedule: Schedule, text: str, now: datetime = NOW) -> str:
    return explicit_slot(schedule, text, now).isoformat()


def refusal(schedule: Schedule, text: str, now: datetime = NOW) -> str:
    with pytest.raises(BadRunDate) as caught:
        explicit_slot(schedule, text, now)
    error = caught.value
    assert str(error) == (f"{error.problem} {error.hint}" if error.hint else error.problem)
    assert len(str(error)) < 600
    return str(error)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-20T03:00:00-05:00",
        "2026-11-20T08:00:00Z",
        "2026-11-20T08:00:00z",
        "2026-11-20t08:00:00Z",
        "2026-11-20T08:00Z",
        "2026-11-20T08:00:00+00:00",
        "2026-11-20T08:00:00 00:00",  # a + in a URL that was not escaped
        "2026-11-20T08:00:00 0000",
        "2026-11-20T08:00 00",
        "2026-11-20T13:30:00 05:30",
        "2026-11-20 08:00:00+00:00",
        "2026-11-20 08:00:00 00:00",
        "2026-11-20 08:00:00 +0000",
        "2026-11-20 08:00+00",
        "2026-11-20T08:00:00.000Z",
        "2026-11-20T08:00:00.000000000Z",
        "2026-11-20T08:00:00,0Z",
        "20261120T080000Z",
        "20261120T0800Z",
        "20261120T030000-0500",
        "2026-11-20T17:00:00+09:00",
        " 2026-11-20T08:00:00Z\n",
        "2026-11-20",
        "20261120",
    ],
)
def test_a_slot_may_be_written_in_many_ways(text):
    assert named(NIGHTLY, text) == "2026-11-20T03:00:00-05:00"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "today",
        "now",
        "20261",
        "1795161600",
        "2026-11",
        "2026-13-01",
        "2026-02-30",
        "2026-02-30T08:00:00Z",
        "2026-W47-5",
        "2026-W47-5T08:00:00Z",
        "2026W475",
        "2026-324",
        "20-11-2026",
        "2026/11/20",
        "2026-11-20T",
        "2026-11-20T08Z",
        "2026-11-20T25:00:00Z",
        "2026-11-20T24:00:00Z",
        "2026-11-20T08:60:00Z",
        "2026-11-20T08:00:60Z",
        "2026-11-20T08:00:00+25:00",
        "2026-11-20T08:00:00 UTC",
        "2026-11-20T08:00:00 America/New_York",
        "2026-11-20T08:00:00+00:00:00",
        "2026-11-20X08:00:00Z",
        "2026-11-20+08:00:00Z",
        "\uff12\uff10\uff12\uff16-11-20",
        "2026-11-20\x00",
        "-2026-11-20",
        "2026-11-20T08:00:00Z; drop table",
        "0000-01-01",
        "9" * 5000,
        "2026-11-20T08:00:00." + "0" * 5000 + "1",
        "2026-11-20" + " " * 200 + "and more",
    ],
)
def test_what_cannot_be_read_is_answered_with_examples(text):
    told = refusal(NIGHTLY, text)
    assert "cannot be read. Write an instant with its offset such as 2026-11-20T12:00:00-05:00" in told
    assert told.endswith("or a date such as 2026-11-20.")


@pytest.mark.parametrize(
    ("text", "example"),
    [
        ("2026-11-20T03:00:00", "2026-11-20T03:00:00-05:00"),
        ("2026-11-20 03:00", "2026-11-20T03:00:00-05:00"),
        ("2026-07-20T03:00", "2026-07-20T03:00:00-04:00"),
        ("2026-03-08T02:30", "2026-03-08T03:30:00-04:00"),  # does not exist
        ("2026-11-01T01:30", "2026-11-01T01:30:00-04:00"),  # exists twice
    ],
)
def test_an_instant_without_offset_is_answered_with_the_zone_and_the_instant_corrected(text, example):
    told = refusal(NIGHTLY, text)
    assert "has no UTC offset. The job's zone is America/New_York: " in told
    assert told.endswith(f"write {example}.")


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("2026-11-20T03:00:01-05:00", "2026-11-20T03:00:00-05:00 and 2026-11-21T03:00:00-05:00"),
        ("2026-11-20T02:59:59.999999-05:00", "2026-11-19T03:00:00-05:00 and 2026-11-20T03:00:00-05:00"),
        ("2026-11-20T03:00:00.5-05:00", "2026-11-20T03:00:00-05:00 and 2026-11-21T03:00:00-05:00"),
        ("2026-11-20T03:00:00+00:00", "2026-11-19T03:00:00-05:00 and 2026-11-20T03:00:00-05:00"),
        ("2030-01-01T00:00:00Z", "2029-12-31T03:00:00-05:00 and 2030-01-01T03:00:00-05:00"),
    ],
)
def test_an_instant_that_is_no_slot_is_answered_with_the_nearest_ones(text, nearest):
    told = refusal(NIGHTLY, text)
    assert 'is not a slot of "0 3 * * *" in America/New_York.' in told
    assert told.endswith(f"The nearest: {nearest}.")


def test_a_repeated_time_is_a_slot_the_first_time_only():
    job = Schedule.parse("30 1 * * *", "America/New_York")
    assert named(job, "2026-11-01T01:30:00-04:00") == "2026-11-01T01:30:00-04:00"
    told = refusal(job, "2026-11-01T01:30:00-05:00")
    assert told.endswith("The nearest: 2026-11-01T01:30:00-04:00 and 2026-11-02T01:30:00-05:00.")


def test_a_time_that_the_clock_jumps_over_is_named_by_the_instant_at_which_it_runs():
    job = Schedule.parse("30 2 * * *", "Europe/Berlin")
    assert named(job, "2026-03-29T03:00:00+02:00") == "2026-03-29T03:00:00+02:00"
    assert named(job, "2026-03-29") == "2026-03-29T03:00:00+02:00"
    # The same instant as 03:30 summer time, which is none of its slots.
    assert "is not a slot" in refusal(job, "2026-03-29T02:30:00+01:00")


@pytest.mark.parametrize(
    ("line", "zone", "day", "slot"),
    [
        ("30 2 * * *", "Europe/Berlin", "2026-10-25", "2026-10-25T02:30:00+02:00"),
        ("0 0 * * *", "America/Sao_Paulo", "2018-11-04", "2018-11-04T01:00:00-02:00"),
        ("30 23 * * *", "America/Sao_Paulo", "2018-02-17", "2018-02-17T23:30:00-02:00"),
        ("59 23 * * *", "Pacific/Kiritimati", "2026-11-20", "2026-11-20T23:59:00+14:00"),
        ("0 0 * * *", "Pacific/Pago_Pago", "2026-11-20", "2026-11-20T00:00:00-11:00"),
        ("0 3 * * *", "Pacific/Apia", "2011-12-31", "2011-12-31T03:00:00+14:00"),
    ],
)
def test_a_date_names_the_only_slot_of_that_local_day(line, zone, day, slot):
    assert named(Schedule.parse(line, zone), day, at("2026-11-21T12:00Z")) == slot


@pytest.mark.parametrize(
    ("line", "zone", "day", "told"),
    [
        (
            "0 3,4 * * *",
            "UTC",
            "2026-11-19",
            "2 slots.*Name one: 2026-11-19T03:00:00.00:00, 2026-11-19T04:00:00.00:00[.]",
        ),
        ("0 * * * *", "Europe/Berlin", "2026-11-19", "has 24 slots"),
        ("0 * * * *", "Europe/Berlin", "2026-10-25", "has 25 slots"),
        ("0 * * * *", "Europe/Berlin", "2026-03-29", "has 23 slots"),
        (
            "*/30 23 * * *",
            "America/Sao_Paulo",
            "2018-02-17",
            "has 4 slots.*23:30:00-02:00, 2018-02-17T23:00:00-03:00",
        ),
        ("* * * * *", "UTC", "2026-11-19", "has more than 100 slots.*00:03:00.00:00 and so on[.]"),
    ],
)
def test_a_date_with_several_slots_is_answered_with_some_and_their_count(line, zone, day, told):
    assert re.search(told, refusal(Schedule.parse(line, zone), day))


def test_a_date_that_half_repeats_the_one_before_keeps_its_own_slots():
    # St. John's went back at one past midnight: 00:00 came, then 23:01 of the day before, then 00:00 again.
    job = Schedule.parse("*/30 23 * * *", "America/St_Johns")
    assert "has 3 slots" in refusal(job, "2010-11-06")


def test_a_date_without_a_slot_is_answered_with_the_nearest():
    told = refusal(MONDAYS, "2026-11-18")
    assert "run_date 2026-11-18 is not a slot of" in told
    assert told.endswith("The nearest: 2026-11-16T03:00:00-05:00 and 2026-11-23T03:00:00-05:00.")


def test_a_date_that_the_zone_left_out_is_answered_with_that():
    for line in ("0 3 * * *", None):
        told = refusal(Schedule.parse(line, "Pacific/Apia"), "2011-12-30")
        assert told == "run_date 2011-12-30 does not exist in Pacific/Apia: its clock skipped that day."


@pytest.mark.parametrize("text", ["2026-11-20T03:00:00-05:00", "2026-11-20"])
def test_a_slot_that_is_due_within_the_tolerance_may_be_named(text):
    due = at("2026-11-20T03:00-05:00")
    assert named(NIGHTLY, text, due - timedelta(seconds=60)) == "2026-11-20T03:00:00-05:00"
    told = refusal(NIGHTLY, text, due - timedelta(seconds=60.000001))
    assert "2026-11-20T03:00:00-05:00 is in the future." in told
    assert told.endswith("The newest slot is 2026-11-19T03:00:00-05:00.")


def test_a_job_of_every_minute_takes_a_named_slot_six_seconds_early():
    assert named(MINUTELY, "2026-11-20T12:30Z", at("2026-11-20T12:29:54Z")) == "2026-11-20T12:30:00+00:00"
    assert "is in the future" in refusal(MINUTELY, "2026-11-20T12:30Z", at("2026-11-20T12:29:53.9Z"))


def test_what_is_in_the_future_is_measured_in_real_time_on_a_change_night():
    minutely = Schedule.parse("* * * * *", "Europe/Berlin")
    # The same wall time is still an hour away.
    assert "is in the future" in refusal(
        minutely, "2026-10-25T02:30:00+01:00", at("2026-10-25T02:40:00+02:00")
    )
    # Two o'clock does not come: three does.
    three = named(minutely, "2026-03-29T03:00:00+02:00", at("2026-03-29T01:59:58+01:00"))
    assert three == "2026-03-29T03:00:00+02:00"


@pytest.mark.parametrize("text", ["2027-01-01T03:00:00-05:00", "2027-01-01", "9997-12-01T03:00:00-05:00"])
def test_a_slot_in_the_future_is_refused_with_the_newest(text):
    told = refusal(NIGHTLY, text)
    assert told.endswith("is in the future. The newest slot is 2026-11-20T03:00:00-05:00.")


@pytest.mark.parametrize(
    "text",
    [
        "0001-01-01",
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "0001-01-01T00:00:00",
        "1969-12-31T08:00:00Z",
        "9998-01-01",
        "9999-12-31T23:59:59-14:00",
        "9999-12-31",
    ],
)
@pytest.mark.parametrize("schedule", [NIGHTLY, MINUTELY, Schedule.parse(None, "America/New_York")])
def test_dates_out_of_all_bounds_are_refused_with_the_bounds(schedule, text):
    assert refusal(schedule, text).endswith("is outside the years 1970 to 9997.")


@pytest.mark.parametrize(
    "text", ["1970-01-01", "1970-01-01T00:00:00+14:00", "9997-12-31", "9997-12-31T23:59:59-14:00"]
)
@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
@pytest.mark.parametrize("line", ["0 0 29 2 *", "* * * * *", "7 7 7 7 *", None])
def test_dates_at_the_bounds_are_answered_or_refused_but_nothing_breaks(line, zone, text):
    with suppress(BadRunDate):
        assert explicit_slot(Schedule.parse(line, zone), text, NOW).year in (1969, 1970)


def test_a_slot_of_long_ago_is_still_a_slot():
    assert named(NIGHTLY, "1970-06-01T03:00:00-04:00") == "1970-06-01T03:00:00-04:00"


SHAPES = st.one_of(
    st.text(max_size=40),
    st.text("0123456789-+:.TZ W,", max_size=36),
    st.datetimes().map(str),
    st.datetimes(timezones=st.timezones()).map(datetime.isoformat),
    st.dates().map(str),
)


@settings(derandomize=True, deadline=None, max_examples=300)
@given(SHAPES, st.sampled_from([NIGHTLY, MONDAYS, HOURLY, Schedule.parse(None, "Asia/Kolkata")]))
def test_whatever_is_sent_is_a_slot_or_a_refusal(text, schedule):
    with suppress(BadRunDate):
        slot = explicit_slot(schedule, text, NOW)
        assert slot.tzinfo is schedule.zone
        assert slot.timestamp() <= NOW.timestamp() + 60

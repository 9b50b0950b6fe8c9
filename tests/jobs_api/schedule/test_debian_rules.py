"""The two nights in Berlin, with the slots that Debian's cron gives each line written out.

In spring the clock goes from 02:00 to 03:00 (29 March 2026), in autumn from 03:00 back to 02:00 (25 October).
cron(8): jobs at a particular time run soon after the change where their time was skipped, and are not run
again where it is repeated; jobs with a wildcard as hour or minute are run by the new time at once.
"""

from datetime import datetime

import pytest

from jobs_api.schedule.slots import Schedule, current_slot, next_slot, previous_slot, slots_between

from .reference import at, due, instants

SPRING, AUTUMN = "2026-03-29", "2026-10-25"
SUMMER, WINTER = "+02:00", "+01:00"

# Local times until 05:30. A trailing w or s: winter or summer time, where the clock alone does not say it.
SLOTS = {
    "30 2 * * *": ("03:00", "02:30s"),
    "0 2 * * *": ("03:00", "02:00s"),
    "0,30 2 * * *": ("03:00", "02:00s 02:30s"),
    "30 1,2 * * *": ("01:30 03:00", "01:30 02:30s"),
    "0 2,3 * * *": ("03:00", "02:00s 03:00"),
    "30 2,3 * * *": ("03:00 03:30", "02:30s 03:30"),
    "15 0-5 * * *": ("00:15 01:15 03:00 03:15 04:15 05:15", "00:15 01:15 02:15s 03:15 04:15 05:15"),
    "20-40/20 2 * * *": ("03:00", "02:20s 02:40s"),
    "59 1 * * *": ("01:59", "01:59"),
    "0 3 * * *": ("03:00", "03:00"),
    "0 * * * *": ("00:00 01:00 03:00 04:00 05:00", "00:00 01:00 02:00s 02:00w 03:00 04:00 05:00"),
    "*/30 2 * * *": ("", "02:00s 02:30s 02:00w 02:30w"),
    "*/30 1-3 * * *": ("01:00 01:30 03:00 03:30", "01:00 01:30 02:00s 02:30s 02:00w 02:30w 03:00 03:30"),
    "30 */2 * * *": ("00:30 04:30", "00:30 02:30s 02:30w 04:30"),
    "*/15 2 29,25 * *": ("", "02:00s 02:15s 02:30s 02:45s 02:00w 02:15w 02:30w 02:45w"),
    "@daily": ("00:00", "00:00"),
    "@hourly": ("00:00 01:00 03:00 04:00 05:00", "00:00 01:00 02:00s 02:00w 03:00 04:00 05:00"),
}


def night(date: str, times: str) -> list[str]:
    """`02:30s` as a whole instant; without a letter, times until two are of the old offset."""
    old, new = (WINTER, SUMMER) if date == SPRING else (SUMMER, WINTER)
    offsets = {"s": SUMMER, "w": WINTER}
    return [f"{date}T{t[:5]}:00{offsets.get(t[5:], old if t < '02' else new)}" for t in times.split()]


def bounds(date: str) -> tuple[datetime, datetime]:
    before, after = (WINTER, SUMMER) if date == SPRING else (SUMMER, WINTER)
    return at(f"{date}T00:00{before}"), at(f"{date}T05:30{after}")


def slots_of(line: str, date: str) -> list[str]:
    slots = slots_between(Schedule.parse(line, "Europe/Berlin"), *bounds(date))
    return [slot.isoformat() for slot in slots]


@pytest.mark.parametrize("line", SLOTS)
def test_the_spring_night_has_the_slots_that_debian_runs(line):
    assert slots_of(line, SPRING) == night(SPRING, SLOTS[line][0])


@pytest.mark.parametrize("line", SLOTS)
def test_the_autumn_night_has_the_slots_that_debian_runs(line):
    assert slots_of(line, AUTUMN) == night(AUTUMN, SLOTS[line][1])


@pytest.mark.parametrize("line", [line for line in SLOTS if not line.startswith("@")])
def test_the_played_daemon_agrees_with_what_is_written_out(line):
    for date, times in zip((SPRING, AUTUMN), SLOTS[line], strict=True):
        assert due(line, "Europe/Berlin", *bounds(date)) == [at(text) for text in night(date, times)]


def test_a_half_past_two_job_runs_once_right_after_the_spring_jump():
    job = Schedule.parse("30 2 * * *", "Europe/Berlin")
    assert next_slot(job, at("2026-03-28T02:30+01:00")).isoformat() == "2026-03-29T03:00:00+02:00"
    assert next_slot(job, at("2026-03-29T03:00+02:00")).isoformat() == "2026-03-30T02:30:00+02:00"
    assert previous_slot(job, at("2026-03-29T01:59:59+01:00")).isoformat() == "2026-03-28T02:30:00+01:00"


def test_a_half_past_two_job_runs_once_on_the_autumn_night():
    job = Schedule.parse("30 2 * * *", "Europe/Berlin")
    first, second = at("2026-10-25T02:30+02:00"), at("2026-10-25T02:30+01:00")
    assert next_slot(job, at("2026-10-24T12:00Z")).isoformat() == "2026-10-25T02:30:00+02:00"
    assert previous_slot(job, second).astimezone(first.tzinfo) == first
    assert next_slot(job, first).isoformat() == "2026-10-26T02:30:00+01:00"


def test_a_half_past_one_job_runs_once_on_the_autumn_night_of_new_york():
    job = Schedule.parse("30 1 * * *", "America/New_York")
    slots = instants(slots_between(job, at("2026-11-01T00:00-04:00"), at("2026-11-02T00:00-05:00")))
    assert slots == [at("2026-11-01T01:30-04:00")]


@pytest.mark.parametrize(
    "second", ["2026-10-25T02:30+01:00", "2026-10-25T02:59:59+01:00", "2026-10-25T02:00+01:00"]
)
def test_a_trigger_in_the_repeated_hour_means_the_first_half_past_two(second):
    job = Schedule.parse("30 2 * * *", "Europe/Berlin")
    assert current_slot(job, at(second)).isoformat() == "2026-10-25T02:30:00+02:00"


def test_both_passes_of_a_repeated_hour_are_slots_of_an_hourly_job_and_differ():
    job = Schedule.parse("0 * * * *", "Europe/Berlin")
    first = previous_slot(job, at("2026-10-25T02:10+02:00"))
    second = previous_slot(job, at("2026-10-25T02:10+01:00"))
    assert (first.isoformat(), second.isoformat()) == (
        "2026-10-25T02:00:00+02:00",
        "2026-10-25T02:00:00+01:00",
    )
    assert (first.fold, second.fold) == (0, 1)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        # 02:00 becomes 02:30: fixed times in that half hour run at its end
        ("15 2 * * *", ["2025-10-05T02:30:00+11:00"]),
        ("15,45 2 * * *", ["2025-10-05T02:30:00+11:00", "2025-10-05T02:45:00+11:00"]),
        ("*/15 2 * * *", ["2025-10-05T02:30:00+11:00", "2025-10-05T02:45:00+11:00"]),
        ("10 * * * *", ["2025-10-05T01:10:00+10:30", "2025-10-05T03:10:00+11:00"]),
    ],
)
def test_lord_howe_jumps_by_half_an_hour(line, expected):
    job = Schedule.parse(line, "Australia/Lord_Howe")
    slots = slots_between(job, at("2025-10-05T01:00+10:30"), at("2025-10-05T04:00+11:00"))
    assert [slot.isoformat() for slot in slots] == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        # 02:00 becomes 01:30 again
        ("45 1 * * *", ["2025-04-06T01:45:00+11:00"]),
        ("45 * * * *", ["01:45:00+11:00", "01:45:00+10:30", "02:45:00+10:30"]),
    ],
)
def test_lord_howe_goes_back_by_half_an_hour(line, expected):
    job = Schedule.parse(line, "Australia/Lord_Howe")
    slots = slots_between(job, at("2025-04-06T01:00+11:00"), at("2025-04-06T03:00+10:30"))
    assert [slot.isoformat() for slot in slots] == [f"2025-04-06T{text}"[-25:] for text in expected]


def test_midnight_jobs_run_at_one_where_midnight_does_not_exist():
    job = Schedule.parse("@daily", "America/Sao_Paulo")
    slots = slots_between(job, at("2018-11-03T00:00-03:00"), at("2018-11-06T00:00-02:00"))
    expected = ["2018-11-03T00:00:00-03:00", "2018-11-04T01:00:00-02:00", "2018-11-05T00:00:00-02:00"]
    assert [slot.isoformat() for slot in slots] == expected


@pytest.mark.parametrize("line", ["0 3 * * *", "0 0 * * *", "*/30 * * * *", "0 12 30 12 *"])
def test_a_day_that_a_zone_left_out_has_no_slots_and_none_are_made_up(line):
    job = Schedule.parse(line, "Pacific/Apia")
    slots = list(slots_between(job, at("2011-12-29T00:00-10:00"), at("2012-01-01T00:00+14:00")))
    assert "2011-12-30" not in {slot.date().isoformat() for slot in slots}
    assert all(slot.strftime("%M") in ("00", "30") for slot in slots)
    per_day = {"0 3 * * *": 1, "0 0 * * *": 1, "*/30 * * * *": 48, "0 12 30 12 *": 0}[line]
    assert len(slots) == 2 * per_day


def test_some_lines_on_which_the_library_hangs_or_errs_when_it_is_given_the_zone():
    job = Schedule.parse("30 */2 * * *", "Pacific/Chatham")
    assert previous_slot(job, at("2025-04-05T14:00Z")).isoformat() == "2025-04-06T02:30:00+13:45"
    assert next_slot(job, at("2025-04-05T14:00Z")).isoformat() == "2025-04-06T04:30:00+12:45"

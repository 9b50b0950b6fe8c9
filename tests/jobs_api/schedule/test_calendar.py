"""Days, months and years: what a cron line names when no clock changes."""

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise

import pytest

from jobs_api.schedule.slots import Schedule, next_slot, previous_slot, slots_between

from .reference import at, instants, matcher


def slots_from(line: str, zone: str, start: str, count: int) -> list[str]:
    slots = slots_between(Schedule.parse(line, zone), at(start), at("2120-01-01T00:00Z"))
    return [slot.isoformat() for slot in islice(slots, count)]


@pytest.mark.parametrize(
    ("line", "start", "expected"),
    [
        ("0 0 29 2 *", "2023-06-01T00:00Z", ["2024-02-29", "2028-02-29", "2032-02-29"]),
        ("0 0 29 2 *", "2095-06-01T00:00Z", ["2096-02-29", "2104-02-29"]),  # 2100 is no leap year
        ("0 0 * 2 MON#5", "2016-03-01T00:00Z", ["2044-02-29", "2072-02-29", "2112-02-29"]),
        ("0 0 L * *", "2024-01-01T00:00Z", ["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30"]),
        ("0 0 31 * *", "2024-01-01T00:00Z", ["2024-01-31", "2024-03-31", "2024-05-31", "2024-07-31"]),
        ("0 0 30 * *", "2023-01-31T00:00Z", ["2023-03-30", "2023-04-30"]),
        ("0 0 LW * *", "2024-05-01T00:00Z", ["2024-05-31", "2024-06-28", "2024-07-31", "2024-08-30"]),
        ("0 0 * * 5L", "2024-05-01T00:00Z", ["2024-05-31", "2024-06-28"]),
        ("0 0 * * MON#2", "2024-05-01T00:00Z", ["2024-05-13", "2024-06-10"]),
        ("0 0 * * MON#1,WED#3", "2024-05-01T00:00Z", ["2024-05-06", "2024-05-15", "2024-06-03"]),
        ("0 0 * * sun", "2024-05-01T00:00Z", ["2024-05-05", "2024-05-12"]),
        ("0 0 * * 7", "2024-05-01T00:00Z", ["2024-05-05", "2024-05-12"]),
        ("0 0 * jan,JUL-aug 1", "2024-01-25T00:00Z", ["2024-01-29", "2024-07-01", "2024-07-08"]),
        # either day field starts with a star: both must hold; else one is enough
        ("0 0 13 * 5", "2024-09-01T00:00Z", ["2024-09-06", "2024-09-13", "2024-09-20"]),
        ("0 0 13 * */5", "2024-09-01T00:00Z", ["2024-09-13", "2024-10-13"]),
        ("0 0 */10 * 1", "2024-09-01T00:00Z", ["2024-10-21", "2024-11-11"]),
        ("0 0 10/10 * *", "2024-02-01T00:00Z", ["2024-02-10", "2024-02-20", "2024-03-10"]),
        ("@yearly", "2024-02-01T00:00Z", ["2025-01-01", "2026-01-01"]),
        ("@annually", "2024-02-01T00:00Z", ["2025-01-01", "2026-01-01"]),
        ("@monthly", "2024-12-02T00:00Z", ["2025-01-01", "2025-02-01"]),
        ("@weekly", "2024-12-30T00:00Z", ["2025-01-05", "2025-01-12"]),
        ("@midnight", "2024-12-30T12:00Z", ["2024-12-31", "2025-01-01"]),
    ],
)
def test_days_of_a_line(line, start, expected):
    found = slots_from(line, "UTC", start, len(expected))
    assert found == [f"{day}T00:00:00+00:00" for day in expected]


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("Pacific/Kiritimati", "2024-12-31T09:59:00+00:00"),
        ("Pacific/Pago_Pago", "2025-01-01T10:59:00+00:00"),
        ("Asia/Kathmandu", "2024-12-31T18:14:00+00:00"),
        ("UTC", "2024-12-31T23:59:00+00:00"),
    ],
)
def test_the_last_minute_of_the_year_is_local_on_both_sides_of_the_date_line(zone, expected):
    job = Schedule.parse("59 23 31 12 *", zone)
    slot = next_slot(job, at("2024-12-01T00:00Z"))
    assert slot.astimezone(UTC).isoformat() == expected
    assert slot.isoformat()[:16] == "2024-12-31T23:59"
    assert previous_slot(job, at("2025-02-01T00:00Z")).astimezone(UTC) == slot.astimezone(UTC)


def test_the_same_instant_has_another_daily_slot_east_and_west_of_the_date_line():
    now = at("2025-06-15T10:30Z")
    east, west = (Schedule.parse("@daily", zone) for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"))
    assert previous_slot(east, now).isoformat() == "2025-06-16T00:00:00+14:00"
    assert previous_slot(west, now).isoformat() == "2025-06-14T00:00:00-11:00"


@pytest.mark.parametrize(
    "line",
    [
        "0 0 29 2 *",
        "0 0 L * *",
        "0 0 31 * *",
        "0 0 LW * 1-5",
        "0 0 * * 5L",
        "0 0 1,15 * FRI",
        "0 0 */9 * SAT#3",
    ],
)
def test_every_day_of_twelve_years_is_a_slot_or_not_as_the_reference_says(line):
    names = matcher(line)
    start = datetime(2019, 1, 1, tzinfo=UTC)
    days = [start + timedelta(days=n) for n in range(12 * 365 + 3)]
    expected = [day for day in days if names(day.replace(tzinfo=None))]
    assert (
        instants(slots_between(Schedule.parse(line, "UTC"), days[0], days[-1] + timedelta(hours=1)))
        == expected
    )


@pytest.mark.parametrize(
    "line", ["*/7 * * * *", "0 9-17/4 * * *", "5,50 0,12 * * *", "59 23 * * *", "3-59/9 */5 * * *"]
)
def test_every_minute_across_a_new_year_maps_as_the_reference_says(line):
    names, job = matcher(line), Schedule.parse(line, "Asia/Kathmandu")
    start = at("2024-12-30T18:15Z")  # midnight there
    expected = [
        minute
        for minute in (start + timedelta(minutes=n) for n in range(3 * 1440))
        if names(minute.astimezone(job.zone).replace(tzinfo=None))
    ]
    for earlier, later in pairwise(expected):
        middle = earlier + (later - earlier) / 2
        assert instants([previous_slot(job, middle), next_slot(job, middle)]) == [earlier, later]


def test_years_without_a_slot_are_passed_over_in_both_directions():
    job = Schedule.parse("0 12 29 2 *", "America/New_York")
    assert previous_slot(job, at("2027-06-01T00:00Z")).isoformat() == "2024-02-29T12:00:00-05:00"
    assert next_slot(job, at("2024-02-29T17:00Z")).isoformat() == "2028-02-29T12:00:00-05:00"

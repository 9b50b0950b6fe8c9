"""Days of a job, in its zone, with what happened on them; before any of them is in the roll-up."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from jobs_api.history import days, durations, lateness
from jobs_api.models import JobDay, JobPause
from tests.conftest import NOON, stored_run
from tests.jobs_api.history.conftest import HOUR, stand

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def year(job, at=NOON):
    return days.year(job, at=at, standing=stand(at)[job.name], now=at)


def worst(found):
    return {day.day: day.worst for day in found}


def test_a_year_begins_with_a_monday_and_ends_today(known):
    found = year(known())
    assert (len(found), found[0].day.weekday(), found[-1].day) == (52 * 7 + 5, 0, NOON.date())


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ({}, "well"),
        ({"started_at": NOON + HOUR}, "late"),
        ({"state": "failed", "reason": "error"}, "failed"),
        ({"state": "failed", "reason": "lost"}, "failed"),
        ({"state": "skipped"}, "well"),
        ({"state": "cancelled"}, "well"),
    ],
)
def test_the_worst_slot_of_a_day_wins(known, what, expected):
    job = known(schedule="0 11,12 * * *", since=NOON - DAY)
    stored_run(job, NOON - HOUR)
    stored_run(job, NOON, **what)
    found = worst(year(job, NOON + HOUR))
    assert found[NOON.date()] == expected
    assert found[NOON.date() - 2 * DAY] == "unknown"


def test_a_day_is_missed_or_paused_by_its_slots_without_a_run_and_late_is_never_failed(known):
    job = known("daily", schedule="0 12 * * *", since=NOON - 5 * DAY)
    JobPause.objects.create(job_name=job.name, started_at=NOON - 3 * DAY, ended_at=NOON - 2 * DAY + HOUR)
    stored_run(job, NOON - 1 * DAY)
    found = list(worst(year(job, NOON + HOUR / 2)).values())
    assert found[-7:] == ["unknown", "missed", "missed", "paused", "paused", "well", "late"]


def test_a_day_without_a_slot_is_empty_and_one_before_the_job_was_known_too(known):
    job = known("weekly", schedule="0 12 * * 5", since=NOON - 8 * DAY)
    stored_run(job, NOON)
    found = list(worst(year(job)).values())
    assert found[-8:] == ["missed", *6 * ["none"], "well"]
    assert "failed" not in found


def test_days_on_which_the_clocks_change_have_23_and_25_hours(known):
    job = known(timezone="Europe/Berlin")
    found = {day.day: day.hours for day in year(job)}
    assert (found[date(2026, 3, 29)], found[date(2026, 10, 25)], found[date(2026, 10, 26)]) == (23, 25, 24)


def test_a_day_belongs_to_the_zone_of_the_job(known):
    job = known("nightly", schedule="30 0 * * *", timezone="Asia/Tokyo")
    stored_run(job, datetime(2026, 11, 18, 15, 30, tzinfo=UTC), state="failed", reason="error")
    assert worst(year(job))[date(2026, 11, 19)] == "failed"


def test_a_day_of_which_the_runs_were_deleted_stays(known):
    job = known()
    old = NOON.date() - 200 * DAY
    JobDay.objects.create(
        job_name=job.name, day=old, timezone="UTC", worst="failed", counts={"failed": 1, "succeeded": 23},
        durations={"counts": {"2": 24}}, counted_at=NOON,
    )  # fmt: skip
    found = next(day for day in year(job) if day.day == old)
    assert (found.worst, found.slots, found.succeeded, found.failed) == ("failed", 24, 23, 1)
    assert len(found.durations) == 24


def test_a_year_takes_two_statements_and_as_many_with_many_runs(known, django_assert_num_queries):
    job = known()
    for hours in range(30):
        stored_run(job, NOON - hours * HOUR)
    standing = stand()[job.name]
    with django_assert_num_queries(2):
        days.year(job, at=NOON, standing=standing, now=NOON)


def test_runs_are_read_up_to_a_limit_and_days_beyond_it_are_unknown(known, monkeypatch):
    monkeypatch.setattr(days, "ROWS", 40)
    job = known()
    for hours in range(60):
        stored_run(job, NOON - hours * HOUR)
    found = year(job)
    assert [day.worst for day in found[-3:]] == ["unknown", "well", "well"]


def test_a_job_of_every_minute_is_looked_at_for_as_many_days_as_are_quick(known):
    job = known("often", schedule="* * * * *", since=NOON - 100 * DAY)
    found = [day.worst for day in year(job)]
    assert found[-14:] == 14 * ["missed"]
    assert found[-15] == "unknown"


# -- durations and lateness -------------------------------------------------------------------


def test_the_points_are_the_newest_runs_that_have_ended(known):
    job = known()
    made = [
        stored_run(job, NOON - hours * HOUR, finished_at=NOON - hours * HOUR + timedelta(seconds=hours))
        for hours in (4, 3, 2, 1)
    ]
    stored_run(job, NOON, state="running", lease_expires_at=NOON + HOUR)
    found = durations.points(job, NOON - 9 * HOUR, NOON + HOUR, at=NOON, limit=3, now=NOON)
    assert [(point.run, point.seconds) for point in found] == [(made[2].pk, 2), (made[3].pk, 1)]
    found = durations.points(job, NOON - 9 * HOUR, NOON, at=NOON, now=NOON)
    assert [point.seconds for point in found] == [4, 3, 2, 1]


def test_bands_are_the_quantiles_of_each_day_to_five_percent(known):
    job = known()
    for number in range(12):
        stored_run(
            job, NOON - number * HOUR, finished_at=NOON - number * HOUR + timedelta(seconds=number + 1)
        )
    ((day, span),) = durations.bands(
        job, NOON.date() - DAY, NOON.date(), at=NOON, standing=stand()[job.name], now=NOON
    )
    assert day == NOON.date()
    assert (span.p5, span.p50, span.p95, span.count) == (
        pytest.approx(1, rel=0.05), pytest.approx(6, rel=0.05), pytest.approx(11, rel=0.05), 12
    )  # fmt: skip


def test_lateness_is_told_by_source_and_only_of_first_attempts_that_nobody_ordered(known):
    job = known()
    late = {"eventbridge": (1, 2, 3), "github-actions": (600,)}
    slot = NOON
    for source, each in late.items():
        for seconds in each:
            stored_run(job, slot, source=source, started_at=slot + timedelta(seconds=seconds))
            slot -= HOUR
    stored_run(job, slot, source="jon", trigger="backfill", started_at=NOON)
    stored_run(job, slot - HOUR, source="eventbridge", attempt=2, started_at=NOON)
    first, second = lateness.by_source(job, at=NOON, standing=stand()[job.name], now=NOON)
    assert (first.source, first.won, first.p50) == ("eventbridge", 3, pytest.approx(2, rel=0.05))
    assert (second.source, second.won, second.p95) == ("github-actions", 1, pytest.approx(600, rel=0.05))

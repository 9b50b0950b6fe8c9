"""Last night, in the zone of whoever looks."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from jobs_api import registry
from jobs_api.history import night_counts, nights
from jobs_api.history.nights import night
from tests.conftest import stored_run
from tests.jobs_api.history.conftest import HOUR, stand

pytestmark = pytest.mark.django_db
MINUTE = HOUR / 60
BERLIN = ZoneInfo("Europe/Berlin")
MORNING = datetime(2026, 11, 20, 8, 42, tzinfo=BERLIN).astimezone(UTC)
EVENING = datetime(2026, 11, 19, 20, 0, tzinfo=BERLIN).astimezone(UTC)


def last_night(at=MORNING, zone=BERLIN):
    return night(registry.jobs(), at=at, zone=zone, standings=stand(at), now=at)


@pytest.mark.parametrize(
    ("local", "begins"),
    [
        ("2026-11-20 08:42", "2026-11-19 20:00"),
        ("2026-11-20 03:00", "2026-11-19 20:00"),
        ("2026-11-20 19:59", "2026-11-19 20:00"),
        ("2026-11-20 20:00", "2026-11-20 20:00"),
    ],
)
def test_last_night_is_the_latest_one_that_has_begun(declare, local, begins):
    at, start = (datetime.fromisoformat(text).replace(tzinfo=BERLIN) for text in (local, begins))
    found = last_night(at.astimezone(UTC))
    assert (found.start, found.end) == (start, start + 12 * HOUR)
    assert len(found.bins) == 96


def test_a_night_on_which_the_clocks_change_has_an_hour_more(declare):
    assert len(last_night(datetime(2026, 10, 25, 12, 0, tzinfo=UTC)).bins) == 100


def test_the_night_sums_up_its_slots_and_what_came_since(known, counted):
    job = known(since=EVENING, timeout=1800)
    for hours in range(13):
        slot = EVENING + hours * HOUR
        state, more = {3: ("failed", {"reason": "error"}), 12: ("failed", {"reason": "lost"})}.get(
            hours, ("succeeded", {})
        )
        if hours == 11:
            state, more = "running", {"lease_expires_at": MORNING + HOUR}
        elif hours == 5:
            more = {"started_at": slot + HOUR / 4}
        if hours != 7:
            stored_run(job, slot, state=state, **more)
    found = last_night()
    assert (found.slots, found.succeeded, found.failed, found.missed, found.late, found.overdue) == (
        12, 9, 1, 1, 1, 1
    )  # fmt: skip
    assert (found.since.slots, found.since.failed) == (1, 1)
    assert sum(one.to_come for one in found.bins) == 11
    marks = {one.start: dict(one.marks) for one in found.bins if one.marks}
    assert marks == {
        EVENING + 3 * HOUR: {"failed": 1},
        EVENING + 5 * HOUR: {"ran_late": 1},
        EVENING + 7 * HOUR: {"missed": 1},
        EVENING + 11 * HOUR: {"overdue": 1},
        EVENING + 12 * HOUR: {"lost": 1},
    }


def test_a_slot_that_is_due_without_a_call_is_late_and_not_failed(known, counted):
    known(since=MORNING - HOUR)
    found = last_night(MORNING.replace(minute=15))
    assert (found.since.late, found.since.failed, found.since.missed) == (1, 0, 0)


@pytest.fixture(params=["one by one", "by the database"])
def counted(request, monkeypatch):
    """The slots of few jobs are looked at one by one, of many jobs the database counts them: all the same."""
    monkeypatch.setattr(nights, "FEW", -1 if request.param == "by the database" else 100)


@pytest.mark.parametrize("number", [1, 30])
def test_a_night_takes_one_statement(declare, django_assert_num_queries, number):
    jobs = [declare(f"job_{each}", schedule="0 * * * *") for each in range(number)]
    known = stand()
    with django_assert_num_queries(1):
        night(jobs, at=MORNING, zone=BERLIN, standings=known)


def test_more_runs_than_are_looked_at_are_said_to_be_more(known, monkeypatch):
    monkeypatch.setattr(nights, "ROWS", 10)
    job = known()
    for hours in range(9):
        stored_run(job, EVENING + hours * HOUR)
    assert not last_night().capped
    stored_run(job, EVENING + 9 * HOUR)
    assert last_night().capped


def test_what_ran_in_time_and_what_was_judged_one_by_one_is_counted_once(known, counted, monkeypatch):
    job = known(since=EVENING)
    for hours in range(13):
        slot = EVENING + hours * HOUR
        if hours == 5:  # by an order: it is not late, however old its slot is
            stored_run(job, slot, trigger="backfill", started_at=slot + 3 * HOUR)
        elif hours == 7:
            stored_run(job, slot, attempt=2, created_at=slot, started_at=slot + HOUR)
        else:
            stored_run(job, slot, started_at=slot + HOUR / (2 if hours == 3 else 90))
    stored_run(job, EVENING + HOUR / 2)  # somebody ran a slot of another schedule
    found = last_night()
    assert (found.slots, found.succeeded, found.late, found.missed) == (13, 13, 1, 0)
    assert sum(one.to_come for one in found.bins) == 24 - 13


def test_of_older_slots_than_were_read_nothing_is_said(known, monkeypatch):
    monkeypatch.setattr(nights, "ROWS", 5)
    monkeypatch.setattr(nights, "LEAST", 5)
    job = known(since=EVENING)
    for hours in range(13):
        stored_run(job, EVENING + hours * HOUR)
    found = last_night()
    assert found.capped
    assert found.missed == 0
    assert found.succeeded + found.since.succeeded == 5


def test_a_run_whose_call_came_a_moment_early_is_not_to_come_as_well(known, counted):
    job = known(since=EVENING)
    at = EVENING + 2 * HOUR - HOUR / 120
    for hours in range(3):
        stored_run(job, EVENING + hours * HOUR, started_at=min(EVENING + hours * HOUR, at))
    found = last_night(at)
    assert sum(one.to_come for one in found.bins) == 24 - 3
    assert found.succeeded == 3


@pytest.mark.parametrize("minutes", [1, 7, 40])
def test_a_thousand_easy_jobs_are_counted_by_the_database_as_one_by_one(declare, known, monkeypatch, minutes):
    at = EVENING + 12 * HOUR + minutes * MINUTE
    for number in range(4):
        job = known(f"job_{number}", schedule="0 * * * *" if number else "*/20 * * * *", since=EVENING)
        for hours in range(13 if number != 1 else 12):
            slot = EVENING + hours * HOUR
            state = {3: "failed", 4: "skipped", 5: "cancelled"}.get(hours, "succeeded")
            late = {6: 15, 8: 1, 9: 5}.get(hours, 0) * MINUTE
            stored_run(job, slot, state=state, started_at=slot + late)
            if not number and slot + HOUR / 3 < at:
                stored_run(
                    job, slot + HOUR / 3, attempt=2, created_at=slot + HOUR / 3, started_at=slot + HOUR
                )
                stored_run(job, slot + 2 * HOUR / 3)
    one_by_one = last_night(at)
    monkeypatch.setattr(nights, "FEW", -1)
    assert last_night(at) == one_by_one
    left = []
    monkeypatch.setattr(nights, "count", lambda *args: left.append(night_counts.count(*args)) or left[-1])
    last_night(at)
    assert {job.name for job in left[0]} <= {"job_0", "job_1"}  # of those a slot may be missing


def test_many_jobs_take_four_statements(known, django_assert_max_num_queries):
    jobs = [known(f"job_{number}", since=EVENING) for number in range(101)]
    standings = stand(MORNING)
    with django_assert_max_num_queries(4):
        night(jobs, at=MORNING, zone=BERLIN, standings=standings, now=MORNING)

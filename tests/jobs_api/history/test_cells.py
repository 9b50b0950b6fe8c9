"""The last slots of a job: what became of each, whether it has a run or not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test.utils import CaptureQueriesContext

from jobs_api import registry
from jobs_api.history import cells, due, gaps
from jobs_api.models import HistoryMark, JobPause
from tests.conftest import NOON, stored_run
from tests.jobs_api.history.conftest import HOUR, recent, stand, states

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
LATER = NOON + 7 * MINUTE


def run(job, hours_ago=0, **fields):
    return stored_run(job, NOON - hours_ago * HOUR, **fields)


@pytest.mark.parametrize(
    ("state", "fields", "expected"),
    [
        ("succeeded", {}, "succeeded"),
        ("succeeded", {"started_at": NOON + 6 * MINUTE}, "succeeded"),
        ("succeeded", {"started_at": NOON + 7 * MINUTE}, "ran_late"),
        ("succeeded", {"started_at": LATER, "attempt": 2, "created_at": NOON}, "succeeded"),
        ("succeeded", {"started_at": LATER, "attempt": 2, "created_at": LATER}, "ran_late"),
        ("succeeded", {"started_at": NOON + 9 * HOUR, "trigger": "backfill"}, "succeeded"),
        ("succeeded", {"started_at": NOON + 9 * HOUR, "trigger": "rerun"}, "succeeded"),
        ("failed", {"reason": "error", "started_at": NOON + 7 * MINUTE}, "failed"),
        ("failed", {"reason": "timeout"}, "failed"),
        ("failed", {"reason": "lost"}, "lost"),
        ("failed", {"reason": "error", "next_attempt_at": NOON + 30 * MINUTE}, "failed"),
        ("running", {"lease_expires_at": NOON + 11 * MINUTE}, "running"),
        ("running", {"lease_expires_at": NOON + 9 * MINUTE}, "lost"),
        ("running", {"lease_expires_at": NOON + 11 * MINUTE, "started_at": NOON - HOUR}, "overdue"),
        ("claimed", {"lease_expires_at": NOON + HOUR, "claimed_at": NOON, "started_at": None}, "running"),
        ("queued", {}, "queued"),
        ("skipped", {}, "skipped"),
        ("cancelled", {"reason": "cancelled"}, "cancelled"),
    ],
)  # fmt: skip
def test_a_run_is_shown_as_what_became_of_it(known, state, fields, expected):
    job = known(timeout=1800)
    made = stored_run(job, NOON, state=state, **fields)
    cell = recent(NOON + 10 * MINUTE)["hourly"][-1]
    assert (cell.slot, cell.state, cell.run) == (NOON, expected, made.pk)


def test_a_run_behind_which_three_slots_in_a_row_were_skipped_is_overdue(known):
    job = known(timeout=9 * 3600)
    run(job, 3, state="running", lease_expires_at=NOON + HOUR, held_job="hourly")
    for hours in (2, 1):
        run(job, hours, state="skipped")
    assert states(recent(count=4)["hourly"]) == "running skipped skipped"
    run(job, 0, state="skipped")
    assert states(recent(count=4)["hourly"]) == "overdue skipped skipped skipped"


def test_a_slot_without_a_run_is_missed_only_when_its_grace_is_over_and_late_before_never_failed(known):
    job = known()
    run(job, 1)
    for minutes, expected in ((0, ""), (6, ""), (7, " late"), (30, " late"), (31, " missed")):
        assert states(recent(NOON + minutes * MINUTE, count=9)["hourly"][-2:]).endswith(
            "succeeded" + expected
        )


def test_slots_of_before_the_job_was_known_are_unknown_and_those_in_a_pause_are_paused(known):
    job = known(since=NOON - 4 * HOUR)
    JobPause.objects.create(job_name=job.name, started_at=NOON - 2 * HOUR, ended_at=NOON - MINUTE)
    run(job, 0)
    assert states(recent(count=7)["hourly"]) == "unknown unknown missed missed paused paused succeeded"
    assert len(recent()["hourly"]) == 50


def test_a_job_that_the_database_does_not_know_has_missed_nothing(declare):
    declare("new", schedule="0 * * * *", timezone="UTC")
    assert states(recent(count=2)["new"]) == "unknown unknown"


def test_slots_whose_runs_may_have_been_deleted_were_not_missed(known):
    job = known()
    HistoryMark.objects.create(name="pruned", at=NOON - HOUR)
    run(job, 0)
    assert states(recent(count=4)["hourly"]) == "unknown unknown missed succeeded"


def test_runs_of_before_the_schedule_changed_are_shown_and_no_slots_between_them(known):
    job = known(since=NOON - HOUR)
    for minutes in (80, 100, 120):
        stored_run(job, NOON - minutes * MINUTE)
    run(job, 1)
    run(job, 0)
    found = recent(count=7)["hourly"]
    assert [(NOON - cell.slot) // MINUTE for cell in found] == [240, 180, 120, 100, 80, 60, 0]
    assert states(found) == "unknown unknown" + 5 * " succeeded"


def test_a_job_on_demand_shows_its_runs_and_is_never_late(declare):
    job = declare("rebuild", schedule=None)
    run(job, 3.5, state="failed", reason="error")
    run(job, 1, started_at=NOON - MINUTE)
    assert states(recent()["rebuild"]) == "failed succeeded"


def test_a_run_that_came_a_moment_early_is_shown_and_one_further_ahead_is_not(known):
    job = known()
    run(job, 1)
    run(job, 0)
    assert states(recent(NOON - 30 * timedelta(seconds=1), count=1)["hourly"]) == "succeeded"
    assert recent(NOON - 30 * timedelta(seconds=1), count=1)["hourly"][0].slot == NOON
    assert recent(NOON - 2 * MINUTE, count=1)["hourly"][0].slot == NOON - HOUR


def test_of_an_error_the_first_line_is_shown_in_one_line_without_controls(known):
    job = known()
    run(job, 0, state="failed", reason="error", error="Bad \x1b[31m\u202ething" + "!" * 300 + "\nTraceback")
    error = recent(count=1)["hourly"][0].error
    assert error.startswith(r"Bad \x1b[31m\u202ething!!!")
    assert len(error) == 200


def test_the_slots_are_calculated_anew_when_the_next_one_comes(known, monkeypatch):
    known(since=NOON)
    assert recent(NOON + 31 * MINUTE, count=1)["hourly"][0].slot == NOON
    assert recent(NOON + 59 * MINUTE, count=1)["hourly"][0].slot == NOON
    assert recent(NOON + 91 * MINUTE, count=1)["hourly"][0].slot == NOON + HOUR
    assert recent(NOON + 31 * MINUTE, count=1)["hourly"][0].slot == NOON
    monkeypatch.setattr(due, "falling", lambda *_: 1 / 0)  # nothing is calculated within an hour
    assert recent(NOON + 31 * MINUTE, count=1)["hourly"][0].slot == NOON


@pytest.mark.parametrize("number", [5, 50])
def test_one_statement_reads_the_cells_of_all_jobs(declare, django_assert_num_queries, number):
    jobs = [declare(f"job_{each}", schedule="0 * * * *") for each in range(number)]
    for hours in range(number // 5):
        run(jobs[0], hours)
    known = stand()
    with django_assert_num_queries(1) as sent:
        cells.recent(jobs, at=NOON, standings=known)
    assert isinstance(sent, CaptureQueriesContext)
    assert "output_head" not in sent.captured_queries[0]["sql"]


# -- a window of time -------------------------------------------------------------------------


def window(job, start, end, at=NOON):
    return cells.between([job], start, end, at=at, standings=stand(at), now=at)[job.name]


def test_a_window_shows_what_was_and_what_is_to_come(known):
    job = known(since=NOON - 3 * HOUR)
    run(job, 2)
    run(job, 0, state="failed", reason="error")
    found = window(job, NOON - 4 * HOUR, NOON + 3 * HOUR)
    assert not found.dense
    assert states(found.cells) == "unknown missed succeeded missed failed to_come to_come"


def test_slots_within_a_pause_that_goes_on_are_paused_and_those_after_it_to_come(known):
    job = known()
    JobPause.objects.create(job_name=job.name, started_at=NOON - HOUR, until=NOON + 2 * HOUR)
    found = window(job, NOON, NOON + 4 * HOUR)
    assert states(found.cells) == "paused paused to_come to_come"


def test_of_a_dense_job_only_trouble_is_drawn_on_a_band(known):
    job = known("often", schedule="*/5 * * * *")
    for minutes in range(5, 65, 5):
        stored_run(job, NOON - minutes * MINUTE, state="failed" if minutes == 20 else "succeeded")
    found = window(job, NOON - HOUR, NOON + HOUR)
    assert found.dense
    assert (found.band.start, found.band.end) == (NOON - HOUR, NOON + HOUR)
    assert [(cell.slot, cell.state) for cell in found.cells] == [(NOON - 20 * MINUTE, "failed")]


def test_missed_slots_of_a_dense_job_are_drawn_on_its_band_too(known):
    job = known("often", schedule="*/5 * * * *", since=NOON - HOUR)
    for minutes in range(5, 60, 5):
        if minutes not in (30, 35):
            stored_run(job, NOON - minutes * MINUTE)
    found = window(job, NOON - 3 * HOUR, NOON + HOUR)
    assert [(NOON - cell.slot, cell.state) for cell in found.cells] == [
        (HOUR, "missed"), (35 * MINUTE, "missed"), (30 * MINUTE, "missed"),
    ]  # fmt: skip
    JobPause.objects.create(job_name=job.name, started_at=NOON - HOUR, ended_at=NOON - 32 * MINUTE)
    found = window(job, NOON - 3 * HOUR, NOON + HOUR)
    assert [(NOON - cell.slot, cell.state) for cell in found.cells] == [(30 * MINUTE, "missed")]


def test_of_a_dense_job_the_newest_slots_are_looked_at(known, monkeypatch):
    monkeypatch.setattr(gaps, "SLOTS", 12)
    job = known("often", schedule="*/5 * * * *")
    found = window(job, NOON - 3 * HOUR, NOON + HOUR)
    assert [NOON - cell.slot for cell in found.cells] == [minutes * MINUTE for minutes in range(60, 0, -5)]


def test_a_job_with_too_many_slots_in_the_window_is_dense(known):
    job = known("often", schedule="*/20 * * * *")
    assert not cells.is_dense(job, NOON, NOON + timedelta(days=1), NOON)
    assert cells.is_dense(job, NOON, NOON + timedelta(days=8), NOON)


def test_a_window_takes_the_same_statements_for_any_number_of_jobs(known, django_assert_num_queries):
    jobs = [known(f"job_{each}") for each in range(20)]
    jobs += [known(f"often_{each}", schedule="* * * * *") for each in range(20)]
    standings = stand()
    with django_assert_num_queries(4):
        cells.between(jobs, NOON - HOUR, NOON, at=NOON, standings=standings)
    with django_assert_num_queries(4):
        cells.between([jobs[0], jobs[-1]], NOON - HOUR, NOON, at=NOON, standings=standings)


def test_in_short_the_same_slots_have_the_same_states(known):
    for name in ("hourly", "well"):
        known(name, timeout=1800, since=NOON - 60 * HOUR)
    for hours in range(55):
        run(registry.find("well"), hours)
        if hours not in (5, 9):
            run(registry.find("hourly"), hours, **TOLD.get(hours, {}))
    stored_run(registry.find("hourly"), NOON - 90 * MINUTE)
    whole, brief = (recent(NOON + 8 * MINUTE, brief=each) for each in (False, True))
    for name in whole:
        assert [cell[:2] for cell in brief[name]] == [cell[:2] for cell in whole[name]]
    assert "missed" in states(brief["hourly"])
    assert {cell.run for cell in brief["well"]} == {None}
    assert sum(cell.run is not None for cell in brief["hourly"]) == len(TOLD)


TOLD = {
    0: {"state": "running", "lease_expires_at": NOON + HOUR},
    1: {"state": "failed", "reason": "error", "error": "no"},
    2: {"started_at": NOON - 2 * HOUR + 7 * MINUTE},
    3: {"started_at": NOON - 3 * HOUR + 2 * MINUTE},
    4: {"attempt": 2, "started_at": NOON - 4 * HOUR},
    6: {"state": "skipped"},
    7: {"state": "queued", "started_at": None},
    8: {"started_at": None, "claimed_at": None},
}
"""What is not simply a success in time, by the hours since."""

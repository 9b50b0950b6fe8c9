"""Paused, missed, failing or ok: what is said of a job."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from jobs_api.models import State
from jobs_api.monitoring import health
from jobs_api.registry import commands
from jobs_api.runs import job_state, pausing, readers
from jobs_api.runs.underway import underway
from tests.conftest import NOON, stored_run

pytestmark = pytest.mark.django_db

LONG_AGO = NOON - timedelta(days=300)


def later(**delta: float) -> datetime:
    """So long after NOON."""
    return NOON + timedelta(**delta)


def known(job, since: datetime = LONG_AGO):
    """The database has known this job for so long."""
    job_state.know(job, at=since)
    return job


def verdict(job, now: datetime) -> str:
    """What is said of the job."""
    _, [standing] = job_state.standings(now=now, names=[job.name])
    newest = readers.newest_of_each([job.name], now).get(job.name)
    return health.verdict(standing, newest and newest.started, now, underway(now).get(job.name, []))


@pytest.mark.parametrize(("minutes", "expected"), [(0, "ok"), (9, "ok"), (10, "missed"), (60, "missed")])
def test_a_slot_without_a_run_is_missed_once_its_grace_is_over(declare, minutes, expected):
    """Pain 17: nothing ran for days and nobody saw."""
    job = known(declare(schedule="0 12 * * *", grace=600))
    stored_run(job, later(days=-1))

    assert verdict(job, later(minutes=minutes)) == expected


@pytest.mark.parametrize(
    ("schedule", "minutes"), [("0 12 * * *", 60), ("0 * * * *", 30), ("*/10 * * * *", 5)]
)
def test_without_a_grace_of_its_own_a_job_has_half_its_gap_at_most_an_hour(declare, schedule, minutes):
    job = known(declare(schedule=schedule))
    stored_run(job, later(minutes=-10) if "/" in schedule else later(hours=-1))

    assert verdict(job, later(minutes=minutes) - timedelta(seconds=1)) == "ok"
    assert verdict(job, later(minutes=minutes)) == "missed"


def test_a_job_that_never_ran_is_missed_from_its_first_slot_on(declare):
    """Pain 17: the caller was never set up."""
    job = known(declare(schedule="0 12 * * *"), since=later(hours=-1))

    assert verdict(job, later(minutes=59)) == "ok"
    assert verdict(job, later(hours=1)) == "missed"


def test_nothing_is_missed_from_before_the_job_was_known(declare):
    assert verdict(known(declare(schedule="0 12 * * *"), since=later(seconds=1)), later(hours=5)) == "ok"


def test_a_job_on_demand_is_never_missed(declare):
    assert verdict(known(declare(schedule=None)), later(days=9)) == "ok"


def test_a_paused_job_is_said_to_be_paused(declare):
    job = known(declare(schedule="0 12 * * *"))
    stored_run(job, later(days=-1), state=State.FAILED)
    pausing.pause(job, actor="ann", comment="", at=later(hours=-1))

    assert verdict(job, later(hours=5)) == "paused"


def test_a_paused_job_misses_nothing_not_even_a_slot_from_before_its_pause(declare):
    job = known(declare(schedule="0 12 * * *"))
    pausing.pause(job, actor="ann", comment="", at=later(minutes=15))

    _, [standing] = job_state.standings(now=later(hours=5))

    assert standing.missed_slot(later(hours=5)) is None


def test_a_slot_that_passed_during_a_pause_is_not_missed(declare):
    """Pain 11: resuming alarms nobody."""
    job = known(declare(schedule="0 12 * * *"))
    pausing.pause(job, actor="ann", comment="", at=later(hours=-1))
    pausing.resume(job, actor="", comment="", at=later(hours=1))

    assert verdict(job, later(hours=5)) == "ok"
    assert verdict(job, later(days=1, hours=5)) == "missed"


@pytest.mark.parametrize("state", State)
def test_a_slot_with_a_run_is_not_missed_whatever_came_of_it(declare, state):
    job = known(declare(schedule="0 12 * * *"))
    stored_run(
        job, state=state, **({"lease_expires_at": later(days=1)} if state in ("claimed", "running") else {})
    )

    expected = {State.FAILED: "failing", State.RUNNING: "overdue"}
    assert verdict(job, later(hours=5)) == expected.get(state, "ok")


@pytest.mark.parametrize("state", [State.CLAIMED, State.RUNNING])
def test_a_job_whose_newest_run_was_lost_is_failing_before_anybody_reaped_it(declare, state):
    """Pain 7: a killed run is bad news, not a run that goes on for ever."""
    job = known(declare(schedule="0 12 * * *"))
    stored_run(job, state=state)

    assert verdict(job, later(seconds=30)) == "ok"
    assert verdict(job, later(seconds=31)) == "failing"


HISTORIES = {
    "the newest succeeded": ({1: State.FAILED, 0: State.SUCCEEDED}, "ok"),
    "a newer one was skipped": ({1: State.FAILED, 0: State.SKIPPED}, "failing"),
    "a newer one waits": ({1: State.FAILED, 0: State.QUEUED}, "failing"),
    "the newest has no run": ({2: State.FAILED}, "missed"),
}
"""Days before the newest slot, and what became of that day's; what is said of the job."""


@pytest.mark.parametrize(("history", "expected"), HISTORIES.values(), ids=HISTORIES)
def test_the_newest_started_slot_decides_unless_a_newer_one_was_missed(declare, history, expected):
    """Pain 18: what has not run is no success."""
    job = known(declare(schedule="0 12 * * *"))
    for days, state in history.items():
        stored_run(job, later(days=-days), state=state)

    assert verdict(job, later(hours=5)) == expected


def test_how_all_jobs_stand_takes_the_same_statements_however_many_there_are(
    declare, django_assert_num_queries
):
    jobs = [known(declare(f"job{number}", schedule="0 12 * * *")) for number in range(5)]
    for job in jobs:
        stored_run(job)

    with django_assert_num_queries(3):
        _, found = job_state.standings(now=NOON)
        newest = readers.newest_of_each(None, NOON)

    assert [standing.newest_run_date for standing in found] == [NOON] * 5
    assert set(newest) == {job.name for job in jobs}


def test_the_newest_run_of_each_job_is_shown_without_its_output(declare, django_assert_num_queries):
    job = known(declare(schedule="0 12 * * *"))
    stored_run(job, later(days=-1), state=State.FAILED)
    stored_run(job, state=State.SKIPPED, output_head=b"x" * 1000)

    with django_assert_num_queries(1):
        last, started = readers.newest_of_each([job.name], NOON)[job.name]
        assert (last.run_date, readers.state_of(last)) == (NOON, (State.SKIPPED, ""))
        assert (started.run_date, readers.state_of(started)) == (later(days=-1), (State.FAILED, ""))
    assert "output_head" in last.get_deferred_fields()


def test_a_job_is_described_by_its_own_words_or_its_commands(declare):
    assert declare("one", description="Own words.").help_text == "Own words."
    assert declare("two").help_text == "Does what a test asks for."
    assert declare("three", command="no_such_command").help_text == ""


def test_a_command_that_cannot_be_imported_hides_its_description_and_no_other(declare, monkeypatch):
    monkeypatch.setattr(commands, "get_commands", lambda: {"toy": "tests.toys", "broken": "tests.nowhere"})
    assert declare("one", command="broken").help_text == ""
    assert declare("two").help_text == "Does what a test asks for."


@pytest.mark.parametrize(
    ("state", "minutes", "expected"),
    [(State.CLAIMED, 10, "ok"), (State.CLAIMED, 11, "missed"), (State.RUNNING, 60, "ok")],
)
def test_a_run_that_no_worker_begins_is_missed_once_its_grace_is_over(declare, state, minutes, expected):
    """Pain 17: the queue takes everything, and nobody works it. One that works for long is not missed."""
    job = known(declare(schedule="0 12 * * *", grace=600))
    stored_run(job, NOON, state=state, claimed_at=NOON, lease_expires_at=later(hours=2))

    assert verdict(job, later(minutes=minutes)) == expected

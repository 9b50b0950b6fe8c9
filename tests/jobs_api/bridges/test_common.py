"""What every bridge calls: it never raises, and tells what came of the call."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from jobs_api import BadInput
from jobs_api.bridges.common import firing
from jobs_api.bridges.common.choosing import due_slots, scheduled_jobs
from jobs_api.exceptions import WrongUse
from jobs_api.models import JobRun, State
from jobs_api.registry import discovery
from jobs_api.registry.validation import Fault
from jobs_api.triggers.public import DueResult, TriggerResult
from tests.jobs_api.execution.attempts import raising
from tests.jobs_api.management.calling import now_slot

pytestmark = pytest.mark.django_db

ENGINE = "toy-engine"


@pytest.fixture(autouse=True)
def _runs(toy):
    toy(lambda command, **options: None)


def test_a_fire_runs_the_slot_and_names_its_engine(declare):
    job = declare(timezone="Europe/Berlin")
    told = firing.fire("nightly", source=ENGINE)
    run = JobRun.objects.get()
    assert told == f"succeeded: slot {now_slot(job).isoformat()}"
    assert (run.source, run.trigger, run.state) == (ENGINE, "python", State.SUCCEEDED)
    assert firing.fire("nightly", source=ENGINE).startswith("already_succeeded: slot ")


def test_the_time_that_the_engine_had_planned_decides_the_slot(declare):
    job = declare(schedule="* * * * *")
    planned = timezone.now().replace(second=0, microsecond=0) - timedelta(minutes=10)
    for scheduled_at in (planned, planned.isoformat()):
        firing.fire("nightly", source=ENGINE, scheduled_at=scheduled_at)
    assert JobRun.objects.get().run_date == planned
    assert job.slots


def crash(command, **options):
    raise SystemExit(3)


@pytest.mark.parametrize("behaviour", [crash, raising(ValueError("it broke"))])
def test_a_failed_job_neither_raises_nor_exits(declare, toy, behaviour):
    toy(behaviour)
    declare(max_attempts=1)
    told = firing.fire("nightly", source=ENGINE)
    run = JobRun.objects.get()
    assert told.startswith("failed: slot ")
    assert f"jobs_show {run.pk}" in told
    assert (run.state, run.attempt) == (State.FAILED, 1)
    assert firing.fire("nightly", source=ENGINE).startswith("attempts_exhausted: slot ")


def test_a_job_that_does_not_exist_is_an_error_in_the_log_with_its_remedy(declare, caplog):
    declare("nightly")
    told = firing.fire("nightyl", source=ENGINE)
    (record,) = caplog.records
    assert told.startswith("not started: There is no job 'nightyl'. There are: nightly")
    assert (record.levelno, record.name) == (logging.ERROR, "jobs_api.bridges")
    assert "not started by toy-engine" in record.getMessage()
    assert "docs/bridges.md" in record.getMessage()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("name", "more"),
    [([], {}), ({}, {}), (None, {}), ("nightly", {"max_late": 10**5000}), ("nightly", {"scheduled_at": [1]})],
    ids=["a list", "a dictionary", "none", "a long number", "no time"],
)
def test_whatever_an_engine_hands_over_a_fire_does_not_raise(declare, caplog, name, more):
    declare()
    assert firing.fire(name, source="toy-engine", **more).startswith("not started: ")
    assert "was not started by toy-engine" in caplog.text


def test_an_engine_that_calls_in_a_transaction_hears_why_nothing_starts(declare, caplog):
    declare()
    with transaction.atomic():
        told = firing.fire("nightly", source=ENGINE)
        due = firing.fire_due(source=ENGINE)
    assert told.startswith("not started: ")
    assert due.startswith("not started: ")
    assert "transaction" in told
    assert [record.levelno for record in caplog.records] == [logging.ERROR] * 2
    assert not JobRun.objects.exists()


def test_a_database_that_is_away_is_told_and_no_exception(declare, monkeypatch):
    declare()
    monkeypatch.setattr("jobs_api.triggers.python.dispatch", raising(OperationalError("it is away")))
    assert firing.fire("nightly", source=ENGINE).startswith("unavailable: ")


def test_run_due_is_told_by_counts(declare, monkeypatch):
    declare()
    assert firing.fire_due(source=ENGINE) == "done: nothing was due"
    results = tuple(TriggerResult(outcome, "nightly") for outcome in ("succeeded", "failed", "succeeded"))
    monkeypatch.setattr(firing, "run_due", lambda *, source: DueResult("failed", results))
    assert firing.fire_due(source=ENGINE) == "failed: succeeded 2, failed 1"


def test_a_call_that_waited_too_long_starts_nothing_of_a_job_that_catches_nothing_up(declare):
    declare(schedule="* * * * *", catch_up="none", grace=90)
    declare("caught_up", schedule="* * * * *")
    hour = timezone.now().replace(second=0, microsecond=0) - timedelta(hours=1)
    assert firing.fire("nightly", source=ENGINE, scheduled_at=hour).startswith("expired: ")
    assert firing.fire("nightly", source=ENGINE, scheduled_at=hour, max_late=7200).startswith("succeeded: ")
    assert firing.fire("caught_up", source=ENGINE, scheduled_at=hour).startswith("succeeded: ")
    assert firing.fire("nightly", source=ENGINE, scheduled_at=timezone.now()).startswith("succeeded: ")


def test_only_jobs_with_a_schedule_are_chosen_by_glob(declare):
    declare("nightly")
    declare("nightly_two")
    declare("by_hand", schedule=None)
    assert [job.name for job in scheduled_jobs()] == ["nightly", "nightly_two"]
    assert [job.name for job in scheduled_jobs("*_two")] == ["nightly_two"]
    with pytest.raises(BadInput, match="like 'weekly'"):
        scheduled_jobs("weekly")


def test_nothing_is_chosen_while_declarations_have_errors(declare, monkeypatch):
    """Else the entries of hidden jobs would be removed."""
    declare()
    monkeypatch.setattr(discovery, "faults", [Fault("jobs_api.E001", "a job is wrong", "fix it")])
    with pytest.raises(ImproperlyConfigured, match="a job is wrong"):
        scheduled_jobs()


def test_nothing_is_chosen_before_the_apps_are_ready(monkeypatch):
    """An empty schedule would be silence."""
    monkeypatch.setattr("django.apps.apps.ready", False)
    with pytest.raises(WrongUse, match=r"docs/bridges\.md"):
        scheduled_jobs()


@pytest.mark.parametrize(("minutes", "line"), [(1, "* * * * *"), (5, "*/5 * * * *"), (60, "0 * * * *")])
def test_run_due_is_called_every_so_many_minutes(minutes, line):
    assert due_slots(minutes).expression == line


@pytest.mark.parametrize("minutes", [0, 7, -5, "5"])
def test_a_number_of_minutes_that_divides_no_hour_is_refused(minutes):
    with pytest.raises(BadInput, match="run_due_every"):
        due_slots(minutes)


@pytest.mark.django_db(transaction=True)
def test_pain_23_a_connection_that_has_idled_too_long_is_closed_around_a_fire(declare):
    """Threads of schedulers live for weeks, and have no requests whose end would close it."""
    declare()
    connection.ensure_connection()
    connection.close_at = 0
    firing.fire("nightly", source=ENGINE)
    assert connection.connection is None or connection.close_at != 0


@pytest.mark.django_db(transaction=True)
def test_the_transaction_of_a_caller_keeps_its_connection(declare):
    declare()
    with transaction.atomic():
        JobRun.objects.exists()
        connection.close_at = 0
        firing.fire("nightly", source=ENGINE)
        assert not JobRun.objects.exists()
    connection.close_at = None

"""django-background-tasks: repeating rows, run by the library itself."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from django.apps import apps
from django.utils import timezone

from jobs_api.exceptions import BadInput
from jobs_api.models import JobRun, State
from jobs_api.runs import job_state
from tests.conftest import NOON
from tests.jobs_api.execution.attempts import raising

APPS = ["background_task"]
pytestmark = [pytest.mark.usefixtures("engine_apps"), pytest.mark.django_db]
DEAD = "999999999"
"""The id of no process."""


@pytest.fixture
def bridge():
    from jobs_api.bridges import django_background_tasks

    return django_background_tasks


def rows():
    return apps.get_model("background_task", "Task").objects


def found():
    return sorted(rows().values_list("task_name", "task_params", "repeat"))


DUE = ("jobs_api.run_due", "[[], {}]", 60)


def test_run_due_repeats_every_minute(declare, bridge):
    declare("nightly")
    bridge.sync()
    bridge.sync()
    assert found() == [DUE]
    assert rows().get().verbose_name == "jobs_api: run-due"


def test_a_job_at_a_regular_interval_can_have_a_row_of_its_own(declare, bridge):
    job = declare("ping", schedule="*/5 * * * *", timezone="Europe/Berlin")
    bridge.sync("ping", run_due_seconds=None)
    assert found() == [("jobs_api.trigger", '[["ping"], {}]', 300)]
    first = job.next_run_date(timezone.now())
    assert rows().get().run_at in (first, first - timedelta(minutes=5))


@pytest.mark.parametrize(
    ("schedule", "zone", "seconds"),
    [
        ("* * * * *", "UTC", 60),
        ("*/15 * * * *", "Asia/Kolkata", 900),
        ("7 * * * *", "Europe/Berlin", 3600),
        ("@hourly", "UTC", 3600),
        ("*/30 * * * *", "Australia/Lord_Howe", 1800),
        ("0 * * * *", "Australia/Lord_Howe", None),
        ("*/7 * * * *", "UTC", None),
        ("0,30 * * * *", "UTC", None),
        ("*/5 * * * 1", "UTC", None),
        ("0 3 * * *", "UTC", None),
    ],
)
def test_only_slots_that_are_always_equally_far_apart_repeat(declare, bridge, schedule, zone, seconds):
    declare("ping", schedule=schedule, timezone=zone)
    if seconds is None:
        with pytest.raises(BadInput, match="leave this job to run-due"):
            bridge.sync("ping")
        assert found() == []
    else:
        bridge.sync("ping", run_due_seconds=None)
        assert [repeat for _, _, repeat in found()] == [seconds]


def test_rows_that_are_not_wanted_go_and_those_of_the_host_stay(declare, bridge):
    declare("ping", schedule="*/5 * * * *")
    rows().new_task("shop.tasks.own", repeat=3600).save()
    bridge.sync("ping")
    bridge.sync()
    assert found() == [DUE, ("shop.tasks.own", "[[], {}]", 3600)]
    bridge.sync(run_due_seconds=30)
    assert found()[0] == (*DUE[:2], 30)


def test_a_row_that_runs_is_left_and_one_of_a_dead_worker_is_freed(declare, bridge):
    """After a kill, the library would wait for MAX_RUN_TIME, an hour."""
    bridge.sync()
    before = rows().get().pk
    rows().update(locked_by=str(os.getpid()), locked_at=timezone.now())
    bridge.sync()
    assert rows().get().pk == before
    rows().update(locked_by=DEAD)
    bridge.sync()
    assert rows().get().locked_by is None
    assert found() == [DUE]


def test_without_tables_it_is_only_a_warning(declare, bridge, monkeypatch, caplog):
    from django.db import ProgrammingError

    monkeypatch.setattr(bridge, "_replace", raising(ProgrammingError("no such table")))
    bridge.sync()
    assert "were not brought in step: no such table" in caplog.text


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("behaviour", "state"), [(None, State.SUCCEEDED), (raising(SystemExit(3)), State.FAILED)]
)
def test_the_worker_runs_what_is_due_and_repeats(declare, bridge, toy, behaviour, state):
    from background_task.tasks import tasks

    toy(behaviour or (lambda command, **options: None))
    declare("nightly", schedule="0 12 * * *", max_attempts=1)
    job_state.know_all(at=NOON.replace(year=2020))
    declare("ping", schedule="* * * * *")
    bridge.sync("ping")
    rows().update(run_at=timezone.now() - timedelta(seconds=5))
    while tasks.run_next_task():
        pass
    runs = {run.job_name: run for run in JobRun.objects.all()}
    assert {run.source for run in runs.values()} == {"django-background-tasks"}
    assert (runs["nightly"].state, runs["ping"].state) == (state, state)
    assert [repeat for _, _, repeat in found()] == [60, 60]  # neither is tried again, both repeat
    assert all(task.run_at > timezone.now() and task.attempts == 0 for task in rows().all())

"""django-background-tasks: repeating rows, run by the library itself."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from django.apps import apps
from django.utils import timezone

from jobs_api import Job, registry
from jobs_api.bridges.common.rows import Changes
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


def test_run_due_repeats_every_minute_as_long_as_it_alone_starts_a_job(declare, bridge):
    declare("nightly")
    assert bridge.sync() == Changes(added=("jobs_api: run-due",))
    assert not bridge.sync()
    assert found() == [DUE]
    declare("ping", schedule="*/5 * * * *")
    bridge.sync("ping", run_due_every=10)
    assert DUE in found()


def test_a_job_at_a_regular_interval_has_a_row_of_its_own(declare, bridge):
    job = declare("ping", schedule="*/5 * * * *", timezone="Europe/Berlin")
    bridge.sync(run_due_every=10)
    assert found() == [(*DUE[:2], 600), ("jobs_api.trigger", '[["ping"], {}]', 300)]
    first = job.next_run_date(timezone.now())
    row = rows().get(repeat=300)
    assert row.run_at in (first, first - timedelta(minutes=5))
    assert row.verbose_name == "jobs_api: ping"
    with pytest.raises(BadInput):
        bridge.sync(run_due_every=7)


def test_a_job_that_moves_within_its_hour_gets_a_new_row(declare, bridge):
    """A row repeats from its first time on: the old one would call at the old minute for ever."""
    declare("ping", schedule="5 * * * *")
    bridge.sync()
    job = Job("ping", command="toy", schedule="35 * * * *")
    registry.fill([job])
    assert bridge.sync().changed == ("jobs_api: ping",)
    assert rows().get(repeat=3600).run_at.minute == job.next_run_date(timezone.now()).minute == 35
    assert not bridge.sync()


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
    bridge.sync(run_due_every=None)
    assert [repeat for _, _, repeat in found()] == ([seconds] if seconds else [])


def test_rows_that_are_not_wanted_go_and_those_of_the_host_stay(declare, bridge):
    declare("ping", schedule="*/5 * * * *")
    rows().new_task("shop.tasks.own", repeat=3600).save()
    bridge.sync()
    declare("other")
    changes = Changes(changed=("jobs_api: run-due",), removed=("jobs_api: ping",))
    assert bridge.sync("other", check=True) == changes
    assert len(found()) == 3
    assert bridge.sync("other") == changes
    assert found() == [DUE, ("shop.tasks.own", "[[], {}]", 3600)]


def test_a_row_that_runs_is_left_and_one_of_a_dead_worker_is_freed(declare, bridge):
    """After a kill, the library would wait for MAX_RUN_TIME, an hour."""
    declare("nightly")
    bridge.sync()
    before = rows().get().pk
    rows().update(locked_by=str(os.getpid()), locked_at=timezone.now())
    assert not bridge.sync()
    assert rows().get().pk == before
    rows().update(locked_by=DEAD)
    bridge.sync()
    assert rows().get().locked_by is None
    assert found() == [DUE]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("behaviour", "state"), [(None, State.SUCCEEDED), (raising(SystemExit(3)), State.FAILED)]
)
def test_the_worker_runs_what_is_due_and_repeats(declare, bridge, toy, behaviour, state):
    """Pain 34: a failed job ends no worker, and the engine does not try again what is ours to retry."""
    from background_task.tasks import tasks

    toy(behaviour or (lambda command, **options: None))
    declare("nightly", schedule="0 12 * * *", max_attempts=1)
    job_state.know_all(at=NOON.replace(year=2020))
    declare("ping", schedule="* * * * *")
    bridge.sync()
    rows().update(run_at=timezone.now() - timedelta(seconds=5))
    while tasks.run_next_task():
        pass
    runs = {run.job_name: run for run in JobRun.objects.all()}
    assert {run.source for run in runs.values()} == {"django-background-tasks"}
    assert (runs["nightly"].state, runs["ping"].state) == (state, state)
    assert [repeat for _, _, repeat in found()] == [60, 60]  # neither is tried again, both repeat
    assert all(task.run_at > timezone.now() and task.attempts == 0 for task in rows().all())

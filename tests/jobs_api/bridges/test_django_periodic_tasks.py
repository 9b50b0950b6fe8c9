"""django-periodic-tasks, where it is installed: it needs Python 3.12."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.apps import apps
from django.test import override_settings
from django.utils import timezone

from jobs_api import Job, registry
from jobs_api.models import JobRun, State
from tests.jobs_api.execution.attempts import raising

pytest.importorskip("django_periodic_tasks")

APPS = ["django_periodic_tasks"]
pytestmark = [pytest.mark.usefixtures("engine_apps"), pytest.mark.django_db]


@pytest.fixture
def bridge():
    from jobs_api.bridges import django_periodic_tasks

    return django_periodic_tasks


def rows():
    return apps.get_model("django_periodic_tasks", "ScheduledTask").objects


def found():
    return {row.name: (row.cron_expression, row.timezone, row.args) for row in rows().all()}


def test_rows_are_in_utc_for_each_offset_and_kept_in_step(declare, bridge):
    declare("nightly", timezone="Europe/Berlin")
    declare("by_hand", schedule=None)
    rows().create(name="own", task_path="shop.tasks.own", cron_expression="0 1 * * *")
    bridge.sync()
    assert found() == {
        "jobs_api: nightly": ("0 2 * 1-3,10-12 *", "UTC", ["nightly"]),
        "jobs_api: nightly 2": ("0 1 * 3-10 *", "UTC", ["nightly"]),
        "jobs_api: run-due": ("*/5 * * * *", "UTC", []),
        "own": ("0 1 * * *", "UTC", []),
    }
    rows().filter(name="jobs_api: nightly").update(enabled=False)
    declare("weekly", schedule="0 3 * * 1", timezone="UTC")
    assert None not in rows().filter(enabled=True).values_list("next_run_at", flat=True).exclude(name="own")
    assert bridge.sync(check=True).added == ("jobs_api: weekly",)
    assert "jobs_api: weekly" not in found()
    bridge.sync()
    assert not rows().get(name="jobs_api: nightly").enabled  # somebody has switched it off
    assert bridge.sync("weekly", run_due_every=None).removed[0] == "jobs_api: nightly"
    assert sorted(found()) == ["jobs_api: weekly", "own"]


def test_a_row_that_is_right_keeps_the_time_of_its_next_run(declare, bridge):
    declare("nightly", timezone="UTC")
    bridge.sync()
    at = timezone.now() + timedelta(days=3)
    rows().update(next_run_at=at)
    bridge.sync()
    assert set(rows().values_list("next_run_at", flat=True)) == {at}
    registry.fill([Job("nightly", command="toy", schedule="0 4 * * *", timezone="UTC")])
    assert bridge.sync().changed == ("jobs_api: nightly",)
    assert rows().get(name="jobs_api: nightly").next_run_at < at


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("behaviour", "state"), [(None, State.SUCCEEDED), (raising(SystemExit(3)), State.FAILED)]
)
def test_the_scheduler_enqueues_what_runs_the_job(declare, bridge, toy, behaviour, state):
    """Pain 34: a failed job ends no worker, and the engine does not try again what is ours to retry."""
    from django_periodic_tasks.task_resolver import resolve_task

    toy(behaviour or (lambda command, **options: None))
    declare("nightly", schedule="* * * * *", max_attempts=3)
    bridge.sync(run_due_every=None)
    row = rows().get()
    with override_settings(TASKS={"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}}):
        told = resolve_task(row.task_path).func(*row.args)
    run = JobRun.objects.get()
    assert (run.source, run.state) == ("django-periodic-tasks", state)
    assert told.startswith(f"{state}: slot ")

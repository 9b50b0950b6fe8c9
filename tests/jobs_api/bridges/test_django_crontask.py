"""django-crontask, where it is installed: it needs Django 6.0, and the reference project deploys on 5.2."""

from __future__ import annotations

import pytest

from jobs_api.models import JobRun, State
from tests.jobs_api.execution.attempts import raising

pytest.importorskip("crontask")

from crontask import scheduler

from jobs_api.bridges import django_crontask as bridge


@pytest.fixture(autouse=True)
def _nothing_scheduled():
    yield
    scheduler.remove_all_jobs()


def test_each_job_with_a_schedule_is_enqueued_at_its_slots_and_run_due(declare):
    declare("nightly", timezone="Europe/Berlin")
    declare("by_hand", schedule=None)
    bridge.add_jobs()
    found = {job.name: job for job in scheduler.get_jobs()}
    assert sorted(found) == ["jobs_api: nightly", "jobs_api: run-due"]
    job = found["jobs_api: nightly"]
    assert (str(job.trigger), job.misfire_grace_time) == ("slots[0 3 * * * Europe/Berlin]", None)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("behaviour", "state"), [(None, State.SUCCEEDED), (raising(SystemExit(3)), State.FAILED)]
)
def test_the_task_runs_the_job_and_never_fails(declare, toy, behaviour, state, settings):
    """Pain 34: a failed job ends no worker, and the engine does not try again what is ours to retry."""
    settings.TASKS = {"default": {"BACKEND": "django.tasks.backends.immediate.ImmediateBackend"}}
    toy(behaviour or (lambda command, **options: None))
    declare("nightly", schedule="* * * * *", max_attempts=3)
    bridge.add_jobs(run_due_every=None)
    (job,) = scheduler.get_jobs()
    result = job.func(*job.args)
    run = JobRun.objects.get()
    assert (run.source, run.state) == ("django-crontask", state)
    assert result.status == "SUCCESSFUL"
    assert result.return_value.startswith(f"{state}: slot ")

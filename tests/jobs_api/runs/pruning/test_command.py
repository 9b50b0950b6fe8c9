"""jobs_prune, by hand and as a job of its own."""

from datetime import timedelta

import pytest
from django.utils import timezone

from jobs_api import current_run
from jobs_api.execution.perform import perform
from jobs_api.models import JobRun, TriggerCount
from jobs_api.runs import job_state
from tests.conftest import NOON, stored_run
from tests.jobs_api.execution.attempts import begun, output_of
from tests.jobs_api.management.calling import manage

from .history import ages_left, archived, days_before

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def old_runs(declare):
    """A job with a run each 401, 450, 500 and 1 days old, as of now."""
    job = declare()
    job_state.know_all(at=NOON)
    for age in (401, 450, 500, 1):
        stored_run(job, days_before(age, NOW))
    TriggerCount.objects.create(job_name="nightly", day=days_before(402, NOW).date(), outcome="paused")
    return job


def left():
    return sorted((NOW - run.run_date).days for run in JobRun.objects.filter(job_name="nightly"))


def test_it_prunes_what_is_older_than_the_retention(old_runs):
    said = manage("jobs_prune")
    assert said.code == 0
    assert said.out.startswith("3 runs before ")
    assert said.out.endswith(" pruned, 1 trigger counts, 0 incidents, 0 audit entries.\n")
    assert left() == [1]
    assert not TriggerCount.objects.exists()


def test_the_retention_is_a_setting(old_runs, settings):
    settings.JOBS_API = {**settings.JOBS_API, "RETENTION_DAYS": 460}
    manage("jobs_prune")
    assert left() == [1, 401, 450]


def test_more_days_may_be_kept(old_runs):
    assert manage("jobs_prune", "--days", "475", "--json").json()["pruned"] == 1
    assert left() == [1, 401, 450]


@pytest.mark.parametrize(
    "option",
    [
        "--days=399",
        "--days=0",
        "--days=-1",
        "--days=nan",
        "--days=inf",
        "--days=36500",
        "--batch=0",
        "--batch=-1",
    ],
)
def test_never_younger_than_the_retention(old_runs, option):
    said = manage("jobs_prune", option)
    assert (said.code, said.err) == (
        1,
        "CommandError: --days must be at least the retention, 400, and --batch at least 1.",
    )
    assert len(left()) == 4


def test_a_dry_run_counts_and_writes_nothing(old_runs, tmp_path):
    said = manage("jobs_prune", "--dry-run", "--archive", tmp_path / "archive")
    assert said.out.startswith("3 runs before ")
    assert said.out.endswith(" would be pruned.\n")
    assert manage("jobs_prune", "--dry-run", "--json").json() == {"prunable": 3}
    assert len(left()) == 4
    assert TriggerCount.objects.exists()
    assert list(tmp_path.iterdir()) == []


def test_it_archives_before(old_runs, tmp_path):
    found = manage("jobs_prune", "--archive", tmp_path, "--batch", 2, "--json").json()
    others = {"trigger_counts": 1, "incidents": 0, "audit_entries": 0}
    assert found == {"pruned": 3, "archive": str(tmp_path), **others}
    assert len(archived(tmp_path)) == 3
    assert len(list(tmp_path.iterdir())) == 2


# -- as a job ---------------------------------------------------------------------------------


@pytest.fixture
def pruning_job(declare, old_runs):
    return declare("prune", command="jobs_prune", options={"batch": 1})


def test_as_a_job_it_tells_its_progress(pruning_job):
    lease = begun(pruning_job, NOW)
    assert perform(pruning_job, lease).state == "succeeded"
    run = JobRun.objects.get(pk=lease.run_id)
    assert (run.progress_done, run.progress_total) == (3, 3)
    assert output_of(run).startswith("3 runs before ")


@pytest.mark.parametrize(("asked", "state"), [("cancelled", "cancelled"), ("lost", "failed")])
def test_as_a_job_it_ends_between_two_batches_when_it_is_asked_to(pruning_job, monkeypatch, asked, state):
    from jobs_api.runs import pruning

    prune_batch = pruning._prune_batch

    def prune_and_ask(pks, archive):
        current_run().stop(asked)
        return prune_batch(pks, archive)

    monkeypatch.setattr(pruning, "_prune_batch", prune_and_ask)
    lease = begun(pruning_job, NOW)
    assert perform(pruning_job, lease).state == state
    assert left() == [1, 401, 450]


def test_as_a_job_it_counts_from_its_slot_so_that_a_late_run_prunes_no_more(pruning_job):
    perform(pruning_job, begun(pruning_job, NOW - timedelta(days=60)))
    assert left() == [1, 401, 450]


def test_as_a_job_it_does_not_prune_itself(declare):
    job = declare("prune", command="jobs_prune")
    job_state.know_all(at=NOON)
    lease = begun(job, days_before(500, NOW))
    perform(job, lease)
    assert JobRun.objects.get().state == "succeeded"
    assert ages_left(job) != []

"""Old runs leave in batches, and only those that may (pain 22: the table bloats, its clean-up times out)."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from jobs_api.models import JobAttempt, JobDeclaration, JobRun, TriggerCount
from jobs_api.runs import job_state, pruning
from tests.conftest import NOON, stored_run

from .history import ages_left, days_before, history, retried

pytestmark = pytest.mark.django_db
BEFORE = days_before(400)


def prune(before=BEFORE, **options):
    return pruning.prune(before, **{"batch": 500, "archive": None, **options})


@pytest.fixture
def job(declare):
    declared = declare()
    JobDeclaration.objects.all().delete()  # those of the reference project, known since the migration
    job_state.know_all(at=NOON)
    return declared


def test_what_is_older_goes_and_what_is_younger_stays(job):
    history(job, [1000, 401, 400, 399, 1])
    assert prune() == 2
    assert ages_left(job) == [400, 399, 1]


def test_the_attempts_go_with_their_run(job):
    retried(job, 500)
    kept = retried(job, 1)
    prune()
    assert [attempt.run_id for attempt in JobAttempt.objects.all()] == [kept.pk]


@pytest.mark.parametrize("state", ["succeeded", "failed", "cancelled", "skipped"])
def test_runs_of_every_end_state_go(job, state):
    history(job, [500], state=state)
    assert prune() == 1


def test_a_queued_run_goes_too_because_nothing_may_start_it_any_more(job):
    history(job, [500, 3], state="queued")
    assert prune() == 1
    assert ages_left(job) == [3]


@pytest.mark.parametrize("state", ["claimed", "running"])
def test_a_run_that_is_held_stays_however_old(job, state):
    history(job, [500], state=state)
    assert prune() == 0
    assert ages_left(job) == [500]


def test_age_is_that_of_the_slot_and_not_of_the_attempt(job):
    """A slot of long ago that was rerun yesterday: a late redelivery of it is answered `expired` anyway."""
    stored_run(job, days_before(500), started_at=NOON, finished_at=NOON)
    stored_run(job, days_before(1), started_at=days_before(500), finished_at=days_before(500))
    prune()
    assert ages_left(job) == [1]


def test_runs_leave_in_batches_oldest_first(job):
    history(job, [500 + number for number in range(7)])
    left = []
    prune(batch=3, each=lambda done, total: left.append((done, total, ages_left(job))))
    assert left == [(3, 7, [503, 502, 501, 500]), (6, 7, [500]), (7, 7, [])]


def test_one_batch_is_one_transaction_of_few_statements(job):
    history(job, [500 + number for number in range(50)])
    with CaptureQueriesContext(connection) as queries:
        prune()
    deletes = [query for query in queries if query["sql"].startswith("DELETE")]
    assert len(deletes) == 2  # attempts, runs
    assert len(queries) < 15


def test_jobs_that_are_declared_no_longer_are_pruned_too(job, declare):
    history(declare("gone"), [500])
    JobDeclaration.objects.create(job_name="gone", timezone="UTC", since=NOON)
    history(job, [500])
    assert prune() == 2


def test_where_nothing_is_old_nothing_is_written(job):
    history(job, [1])
    with CaptureQueriesContext(connection) as queries:
        assert prune() == 0
    assert {query["sql"].lstrip("(").split()[0] for query in queries} == {"SELECT"}


def test_a_run_that_went_meanwhile_is_no_hindrance(job, tmp_path):
    """Two clean-ups at once: both find a batch, one is faster."""
    first, second = history(job, [501, 500])
    pks = [first.pk, second.pk]
    JobRun.objects.filter(pk=first.pk).delete()
    assert pruning._prune_batch(pks, tmp_path) == 1
    assert pruning._prune_batch(pks, tmp_path) == 0


def test_a_run_that_was_claimed_between_the_look_and_the_deletion_stays(job):
    (run,) = history(job, [500], state="failed")
    held = {"state": "running", "held_job": job.name, "lease_expires_at": NOON}
    JobRun.objects.filter(pk=run.pk).update(**held)
    assert pruning._prune_batch([run.pk], None) == 0
    assert JobRun.objects.filter(pk=run.pk).exists()


def test_an_exception_between_batches_leaves_what_was_done(job):
    history(job, [500 + number for number in range(4)])

    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prune(batch=2, each=stop)
    assert ages_left(job) == [501, 500]


def test_trigger_counts_of_earlier_days_go(job):
    for day in (date(2026, 11, 18), date(2026, 11, 19), date(2026, 11, 20)):
        TriggerCount.objects.create(job_name="nightly", day=day, outcome="paused", count=1)
    assert pruning.prune_counts(date(2026, 11, 19)) == 1
    assert [count.day.day for count in TriggerCount.objects.order_by("day")] == [19, 20]


@pytest.mark.django_db(transaction=True)
def test_batches_are_committed_one_by_one(job):
    from tests.jobs_api.execution.attempts import elsewhere

    history(job, [500 + number for number in range(4)])
    seen = []
    prune(batch=2, each=lambda done, total: seen.append(elsewhere(JobRun.objects.count)))
    assert seen == [2, 0]


def test_what_is_younger_than_the_retention_can_still_be_triggered_so_its_run_is_kept(job, api, toy):
    """Without it, a late redelivery would run the slot again."""
    toy(lambda command, **options: None)
    day = (timezone.now() - timedelta(days=399)).date()
    assert api("POST", f"/api/jobs/nightly/run?run_date={day}").json()["outcome"] == "succeeded"
    prune(timezone.now() - timedelta(days=400))
    assert api("POST", f"/api/jobs/nightly/run?run_date={day}").json()["outcome"] == "already_succeeded"


def test_a_pruned_slot_does_not_run_again(job, api, toy):
    toy(lambda command, **options: None)
    slot = (timezone.now() - timedelta(days=402)).replace(hour=3, minute=0, second=0, microsecond=0)
    stored_run(job, slot)
    assert prune(timezone.now() - timedelta(days=400)) == 1
    assert api("POST", f"/api/jobs/nightly/run?run_date={slot.date()}").json()["outcome"] == "expired"
    assert not JobRun.objects.exists()

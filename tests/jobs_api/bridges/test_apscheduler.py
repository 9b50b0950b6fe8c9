"""APScheduler 3, with its own store and with that of django-apscheduler."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_EXECUTED
from apscheduler.executors.debug import DebugExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.base import BaseScheduler
from django.apps import apps

from jobs_api.bridges import apscheduler, django_apscheduler
from jobs_api.exceptions import BadInput
from jobs_api.models import JobRun, State

APPS = ["django_apscheduler"]
pytestmark = [pytest.mark.usefixtures("engine_apps")]

MARK = "jobs_api: "


def django_store():
    """Its models can be imported only while its app is installed."""
    from django_apscheduler.jobstores import DjangoJobStore

    return DjangoJobStore()


def rows(model):
    return apps.get_model("django_apscheduler", model).objects


@pytest.fixture
def scheduler():
    made = BackgroundScheduler(timezone="UTC")
    yield made
    if made.running:
        made.shutdown()


def of_ours(scheduler):
    return sorted(job.id for job in scheduler.get_jobs() if job.id.startswith(MARK))


def test_each_job_with_a_schedule_is_added_and_run_due(declare, scheduler):
    declare("nightly", timezone="Europe/Berlin")
    declare("by_hand", schedule=None)
    apscheduler.add_jobs(scheduler)
    assert of_ours(scheduler) == ["jobs_api: nightly", "jobs_api: run-due"]
    job = scheduler.get_job("jobs_api: nightly")
    assert (str(job.trigger), job.misfire_grace_time) == ("slots[0 3 * * * Europe/Berlin]", None)
    assert (job.coalesce, job.max_instances) == (True, 10)
    with pytest.raises(BadInput):
        apscheduler.add_jobs(scheduler, "weekly")


@pytest.mark.parametrize("before", [True, False], ids=["before start()", "after start()"])
def test_what_is_not_declared_any_more_is_removed_and_the_hosts_own_jobs_stay(declare, scheduler, before):
    declare("nightly")
    declare("gone")
    scheduler.add_job(print, "interval", hours=1, id="own")
    apscheduler.add_jobs(scheduler)
    if not before:
        scheduler.start()
    apscheduler.add_jobs(scheduler, "nightly", run_due_every=None)
    if before:
        scheduler.start()
    assert of_ours(scheduler) == ["jobs_api: nightly"]
    assert scheduler.get_job("own")


def test_of_two_calls_before_the_start_the_last_one_counts(declare, scheduler):
    declare("nightly")
    declare("weekly")
    for only in ("weekly", "nightly"):
        apscheduler.add_jobs(scheduler, only, run_due_every=None)
    scheduler.start(paused=True)
    assert of_ours(scheduler) == ["jobs_api: nightly"]


@pytest.mark.django_db(transaction=True)
def test_a_store_that_survives_loses_what_is_not_declared_any_more(declare):
    declare("nightly", timezone="Europe/Berlin")
    declare("gone")
    for only in ("*", "nightly"):
        scheduler = Still()
        scheduler.add_jobstore(django_store(), "default")
        django_apscheduler.add_jobs(scheduler, only)
        scheduler.start(paused=True)
        job = scheduler.get_job("jobs_api: nightly")
        assert (str(job.trigger), job.kwargs) == (
            "slots[0 3 * * * Europe/Berlin]",
            {"source": "django-apscheduler"},
        )
        scheduler.shutdown()
    ids = set(rows("DjangoJob").values_list("id", flat=True))
    assert ids == {"jobs_api: nightly", "jobs_api: run-due"}


class Still(BaseScheduler):
    """A scheduler without threads: it looks at its jobs when told to, and does them at once."""

    def __init__(self):
        super().__init__(timezone="UTC", executors={"default": DebugExecutor()})

    def wakeup(self):
        pass

    def shutdown(self, wait=True):
        super().shutdown(wait)


def fired(scheduler, *names):
    """What came of these jobs, of which each is due now."""
    results = {}

    def heard(event):
        results[event.job_id] = event.retval if event.code == EVENT_JOB_EXECUTED else event.exception

    scheduler.add_listener(heard, EVENT_JOB_EXECUTED | EVENT_JOB_ERROR)
    scheduler.start(paused=True)
    for name in names:
        scheduler.modify_job(MARK + name, next_run_time=datetime.now(UTC) - timedelta(hours=1))
    scheduler.resume()
    scheduler._process_jobs()
    return [str(results[MARK + name]) for name in names]


@pytest.mark.django_db(transaction=True)
def test_pain_9_a_failing_job_leaves_the_scheduler_alive_and_a_late_one_is_not_dropped(declare, toy):
    """It is an hour late here; by default a second would be too much."""

    def behave(command, **options):
        raise SystemExit(3)

    toy(behave)
    declare("nightly", max_attempts=1)
    declare("other", max_attempts=1)
    scheduler = Still()
    scheduler.add_jobstore(django_store(), "default")
    django_apscheduler.add_jobs(scheduler)
    told = fired(scheduler, "nightly", "other", "run-due")
    assert [text.split(":")[0] for text in told] == ["failed", "failed", "done"]
    assert scheduler.running
    assert scheduler.get_job("jobs_api: nightly").next_run_time > datetime.now(UTC)
    runs = {(run.state, run.source, run.attempt) for run in JobRun.objects.all()}
    assert runs == {(State.FAILED, "django-apscheduler", 1)}
    scheduler.shutdown()
    assert set(rows("DjangoJobExecution").values_list("status", flat=True)) == {"Executed"}

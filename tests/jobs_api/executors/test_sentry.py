"""A failed attempt is one event in Sentry, whichever executor ran it and whichever process has died."""

from __future__ import annotations

import io
import os
import signal
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import pytest
import sentry_sdk
from celery.app import trace
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.test import RequestFactory, override_settings
from django.utils import timezone
from django_tasks_db.management.commands import db_worker

from jobs_api import RunStopped, runs
from jobs_api.auth.trackers import hide_header
from jobs_api.clock import Moment
from jobs_api.executors.celery import worker as celery_worker
from jobs_api.models import JobRun, State
from jobs_api.worker.delivery import deliver
from tests.conftest import stored_run
from tests.jobs_api.execution.attempts import raising
from tests.jobs_api.executors.backends import DATABASE, DUMMY, IMMEDIATE
from tests.jobs_api.executors.subprocesses import ended, supervisors, until
from tests.toys import sentry as tracker

pytestmark = pytest.mark.django_db(transaction=True)

RUN = "/api/jobs/{}/run"
ON_DEMAND = {"schedule": None, "retry_backoff": 0, "options": {"behave": "divides"}}
OF_A_PROXY = "Basic aHVudGVyMg=="
JOBS_API = {"EXECUTOR": "django_tasks", "REQUIRE_HTTPS": False}


@pytest.fixture
def sentry(tmp_path, monkeypatch):
    """``sentry()`` is what was reported, by this process and by those that it has started."""
    path = str(tmp_path / "events")
    monkeypatch.setenv("TOY_SENTRY", path)
    tracker.begin(path)
    yield lambda: tracker.events(path)
    tracker.end()


def run(api, outcome="failed", job="nightly", **headers):
    """Trigger it."""
    answer = api("POST", RUN.format(job), headers={"User-Agent": "curl/8", **headers}).json()
    assert answer["outcome"] == outcome, answer
    return answer["run"]


def queued(api, **declared):
    """An attempt that an engine has taken: its number, and that of its run."""
    with override_settings(JOBS_API=JOBS_API, TASKS=DUMMY):
        taken = run(api, "accepted", Prefer="respond-async")
    return taken["id"], taken["attempt"]


def inline(api, on_host):
    run(api)


def subprocess(api, on_host):
    on_host()
    run(api, "accepted", Prefer="respond-async")
    ended(JobRun.objects.get().run_date)
    until(lambda: not any(supervisors(Path(tempfile.gettempdir()))))  # they report before they exit


def celery(api, on_host):
    """As in its worker, with Sentry's integration around the task."""
    attempt, task = queued(api), celery_worker.attempt
    traced = trace.build_tracer(task.name, task, app=task.app)
    traced("a message", attempt, {}, request={"is_eager": False, "id": "a message"})


def immediate(api, on_host):
    with override_settings(JOBS_API=JOBS_API, TASKS=IMMEDIATE):
        run(api)


def database(api, on_host):
    with override_settings(JOBS_API=JOBS_API, TASKS=DATABASE):
        run(api, "accepted", Prefer="respond-async")
        takes = {"queue_names": ["*"], "excluded_queue_names": [], "backend_name": "default"}
        works = {"interval": 0, "batch": True, "startup_delay": False, "max_tasks": None, "worker_id": "w"}
        db_worker.Worker(**takes, **works).run()


EXECUTORS = {each.__name__: each for each in (inline, subprocess, celery, immediate, database)}


@pytest.mark.parametrize("executor", EXECUTORS.values(), ids=EXECUTORS)
def test_a_failed_attempt_is_one_event_with_its_exception_and_all_that_names_it(
    declare, api, on_host, sentry, executor
):
    declare(**ON_DEMAND)
    executor(api, on_host)
    [event] = sentry()
    exception = event["exception"]["values"][-1]
    assert (exception["type"], exception["value"]) == ("ZeroDivisionError", "by nothing")
    frames = exception["stacktrace"]["frames"]
    assert (frames[-1]["module"], frames[-1]["function"]) == ("tests.toys.behaviours", "divides")
    assert frames[-1]["context_line"].strip() == 'raise ZeroDivisionError("by nothing")'
    assert frames[-1]["in_app"]
    stored = JobRun.objects.get()
    told = {key: event["extra"][key] for key in ("job", "run", "attempt", "run_date", "source", "reason")}
    assert told == {
        "job": "nightly", "run": stored.pk, "attempt": 1, "run_date": stored.run_date.isoformat(),
        "source": "curl", "reason": "error",
    }  # fmt: skip
    assert (event["level"], event["logger"], event["tags"]["job"]) == ("error", "jobs_api.run", "nightly")
    # Sentry sends what the variables of each frame hold, where they hold anything.
    assert [frame.get("vars") or {} for frame in frames] == [{}] * len(frames)
    assert "hunter2" not in str(event)
    assert settings.CRON_SECRET not in str(event)


def test_two_failures_of_a_job_are_one_group_and_those_of_another_job_another(declare, api, sentry):
    """By itself Sentry would put jobs together that share a command."""
    for name in ("nightly", "weekly"):
        declare(name, **ON_DEMAND)
        run(api, job=name)
        run(api, job=name)
    nightly, again, weekly, _ = (event["fingerprint"] for event in sentry())
    assert nightly == again == ["{{ default }}", "nightly"]
    assert weekly != nightly


def test_a_view_that_raises_is_one_event_as_before(declare, api, client, sentry, monkeypatch):
    def bug(*args):
        raise RuntimeError("a bug of ours")

    client.raise_request_exception = False
    monkeypatch.setattr("jobs_api.api.reads.job_reports", bug)
    client.get("/api/jobs", headers={"Authorization": f"Bearer {settings.CRON_SECRET}"})
    [event] = sentry()
    assert event["exception"]["values"][-1]["value"] == "a bug of ours"


@pytest.mark.parametrize("path", ["/api/jobs/nightly/run", "/api/jobs"], ids=["a job that fails", "a bug"])
def test_a_token_in_our_own_header_is_hidden(declare, sentry, monkeypatch, path):
    """Sentry hides Authorization by itself. An earlier request may have left us in the scope."""
    hide_header()

    def bug(*args):
        raise RuntimeError("a bug of ours")

    monkeypatch.setattr("jobs_api.api.reads.job_reports", bug)
    declare(**ON_DEMAND)
    secrets = {"HTTP_X_JOBS_TOKEN": settings.CRON_SECRET, "HTTP_AUTHORIZATION": OF_A_PROXY}
    method = "POST" if path.endswith("run") else "GET"
    where = {"REQUEST_METHOD": method, "PATH_INFO": path, "wsgi.input": io.BytesIO()}
    WSGIHandler()(RequestFactory()._base_environ(**where, **secrets), lambda *answer: None)
    [event] = sentry()
    assert event["request"]["headers"]["X-Jobs-Token"] == "[Filtered]"
    assert not any(secret in str(event) for secret in secrets.values())


def test_to_hide_it_takes_no_more_memory_with_each_request(declare, api, sentry):
    declare(schedule=None)
    headers = {"X-Jobs-Token": settings.CRON_SECRET}
    before = len(sentry_sdk.get_isolation_scope()._event_processors)
    for _ in range(3):
        api("GET", "/api/jobs", headers=headers)
    assert len(sentry_sdk.get_isolation_scope()._event_processors) <= before + 1


# -- what is none ---------------------------------------------------------------------------------


def a_repeat(declare, api, toy):
    toy(lambda command, **options: None)
    declare(schedule=None)
    run(api, "succeeded")
    run(api, "already_succeeded")


def an_overlap(declare, api, toy):
    job = declare(schedule=None)
    hour = timezone.now() + timedelta(hours=1)
    stored_run(job, timezone.now() - timedelta(days=3), state=State.RUNNING, lease_expires_at=hour)
    run(api, "overlap_skipped")


def a_cancel(declare, api, toy):
    toy(raising(RunStopped("cancelled")))
    declare(schedule=None)
    run(api, "cancelled")


def a_deploy(declare, api, toy):
    toy(raising(RunStopped("interrupted")))
    declare(schedule=None)
    run(api)


def a_cancel_of_a_command_that_had_to_be_killed(declare, api, toy):
    toy(_deaf_and_cancelled)
    declare(schedule=None)
    with override_settings(JOBS_API={**JOBS_API, "RENEW_SECONDS": 0.1, "KILL_SECONDS": 0.1}):
        deliver(*queued(api))
    assert JobRun.objects.get().state == State.CANCELLED


def _deaf_and_cancelled(command, **options):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    JobRun.objects.update(cancel_requested_at=timezone.now())
    time.sleep(60)


QUIET = (a_repeat, an_overlap, a_cancel, a_deploy, a_cancel_of_a_command_that_had_to_be_killed)


@pytest.mark.parametrize("happens", QUIET, ids=lambda each: each.__name__)
def test_what_is_no_failure_is_no_event(declare, api, toy, sentry, happens):
    happens(declare, api, toy)
    assert sentry() == []


def test_neither_is_a_retry_that_comes_too_early_nor_one_too_many(declare, api, sentry):
    declare(**{**ON_DEMAND, "retry_backoff": 3600})
    run(api)
    run(api, "retry_later")
    JobRun.objects.update(tries=3)
    run(api, "attempts_exhausted")
    assert len(sentry()) == 1


# -- failures without an exception of the command --------------------------------------------------


def exits(command, **options):
    raise SystemExit(3)


def is_killed(command, **options):
    os.kill(os.getpid(), signal.SIGKILL)


def leaves(command, **options):
    os._exit(4)


@pytest.mark.parametrize("behave", [exits, is_killed, leaves])
def test_an_exit_is_one_event_also_of_a_process_that_was_killed(declare, api, toy, sentry, behave):
    toy(behave)
    declare(schedule=None)
    deliver(*queued(api))
    [event] = sentry()
    assert (event["level"], event["extra"]["reason"], event["extra"]["job"]) == ("error", "exit", "nightly")
    assert event["fingerprint"] == ["jobs_api.run", "nightly", "exit"]
    assert "exception" not in event


def test_an_attempt_whose_process_went_silent_is_one_event_of_who_closes_it(declare, sentry):
    stored_run(declare(), state=State.RUNNING)
    for _ in range(2):
        runs.reap(moment=Moment(timezone.now()))
    [event] = sentry()
    assert (event["level"], event["fingerprint"]) == ("error", ["jobs_api.run", "nightly", "lost"])


def obeys(command, **options):
    time.sleep(60)


def is_deaf(command, **options):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(60)


@pytest.mark.parametrize("behave", [obeys, is_deaf])
def test_a_time_out_is_one_event_that_shows_where_the_command_stood(declare, api, toy, sentry, behave):
    toy(behave)
    declare(schedule=None, timeout=2)  # by then it stands there, also on a busy machine
    with override_settings(JOBS_API={**JOBS_API, "KILL_SECONDS": 2}):
        deliver(*queued(api))
    [event] = sentry()
    assert event["fingerprint"] == ["jobs_api.run", "nightly", "timeout"]
    frames = event["exception"]["values"][-1]["stacktrace"]["frames"]
    assert behave.__name__ in [frame["function"] for frame in frames]


# -- what the command itself reports ---------------------------------------------------------------


@pytest.mark.parametrize("executor", [subprocess, celery])
def test_what_a_command_reports_itself_is_sent_before_its_process_ends(
    declare, api, on_host, sentry, executor
):
    declare(**{**ON_DEMAND, "options": {"behave": "logs_an_error"}})
    executor(api, on_host)
    [event] = sentry()
    assert (event["logger"], event["logentry"]["message"]) == ("tests.shop", "a customer without a name")

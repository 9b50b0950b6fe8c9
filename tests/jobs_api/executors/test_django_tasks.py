"""The django_tasks executor with backends that need no worker, and what it says of TASKS."""

from __future__ import annotations

import os
import threading
from types import SimpleNamespace

import pytest
from django.db import connections
from django.test import override_settings

from jobs_api import Job, executors
from jobs_api.execution import drain
from jobs_api.executors import django_tasks
from jobs_api.models import JobRun, Reason, State
from jobs_api.worker.delivery import deliver
from tests.jobs_api.execution.attempts import output_of, raising
from tests.jobs_api.execution.test_interruption import stopping_in
from tests.jobs_api.executors.backends import DATABASE, DUMMY, FRAMEWORK, HERE, IMMEDIATE, tasks
from tests.jobs_api.triggers.asking import trigger

JOBS_API = {"EXECUTOR": "django_tasks", "REQUIRE_HTTPS": False}


@pytest.fixture(autouse=True)
def _executor():
    with override_settings(JOBS_API=JOBS_API, TASKS=IMMEDIATE):
        yield


@pytest.fixture
def job(declare):
    return declare(schedule=None, retry_backoff=0)


class TestABackendThatRunsItAtOnce:
    """Django's default: for development, and for tests of the host."""

    pytestmark = pytest.mark.django_db(transaction=True)

    def test_answers_with_the_end(self, job, toy):
        where = []
        toy(lambda command, **options: (print("hi"), where.append((os.getpid(), threading.get_ident()))))

        result = trigger(job, now=None)

        run = JobRun.objects.get()
        assert (result.outcome, result.run.state, output_of(run)) == ("succeeded", State.SUCCEEDED, "hi\n")
        assert where == [(os.getpid(), threading.get_ident())]
        assert django_tasks._submission.get() is None

    @pytest.mark.parametrize("package", sorted({"django_tasks", FRAMEWORK}))
    def test_may_be_of_either_package_where_both_are_installed(self, job, package):
        """A project that came from Django 5.2 may still name the backport's."""
        with override_settings(TASKS=tasks(f"{package}.backends.immediate.ImmediateBackend")):
            assert trigger(job, now=None).outcome == "succeeded"

    def test_answers_with_a_failure(self, job, toy):
        """Pain 18: the backend marks a task that has raised nothing as successful."""
        toy(raising(ValueError("no")))
        result = trigger(job, now=None)
        assert (result.outcome, result.run.reason) == ("failed", Reason.ERROR)

    def test_lets_a_server_stop_its_process(self, job, toy):
        """The backend would keep a SystemExit to itself, and the web worker would go on."""
        toy(stopping_in("gunicorn.workers.base"))
        with pytest.raises(SystemExit):
            trigger(job, now=None)
        assert JobRun.objects.get().reason == Reason.INTERRUPTED

    def test_starts_nothing_in_a_process_that_is_about_to_exit(self, job):
        drain.begin(20)
        result = trigger(job, now=None)
        assert (result.outcome, JobRun.objects.get().error) == (
            "submit_failed", "This process is about to exit.",
        )  # fmt: skip

    @override_settings(TASKS=tasks(f"{HERE}.LateErrorBackend"))
    def test_is_believed_where_it_raises_after_the_end(self, job):
        assert trigger(job, now=None).outcome == "succeeded"

    @override_settings(TASKS=tasks(f"{HERE}.OnCommitBackend"))
    def test_finds_no_transaction_to_wait_for_in_a_host_with_atomic_requests(self, api, job, monkeypatch):
        """Pain 16: no transaction around a run, nor around its message."""
        monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", True)
        assert api("POST", "/api/jobs/nightly/run").json()["outcome"] == "succeeded"


@pytest.mark.django_db(transaction=True)
class TestABackendThatTakesNothing:
    """Or does not say so."""

    @override_settings(TASKS=tasks(f"{HERE}.AwayBackend"))
    def test_closes_the_attempt_and_tells_no_secret(self, declare, caplog):
        job = declare(schedule=None, max_attempts=1)

        results = [trigger(job, now=None) for _ in range(2)]

        run = JobRun.objects.get()
        assert [result.outcome for result in results] == ["submit_failed"] * 2
        assert (run.error, run.tries) == ("The tasks backend did not accept the attempt: ConnectionError.", 0)
        assert f"Run {run.pk} could not be enqueued: ConnectionError." in caplog.text
        assert "hunter2" not in caplog.text

    @override_settings(TASKS={**DUMMY, "away": {"BACKEND": f"{HERE}.AwayBackend"}})
    def test_is_the_one_that_the_job_names(self, declare):
        job = declare(schedule=None, executor_options={"backend": "away"})
        assert trigger(job, now=None).outcome == "submit_failed"
        assert trigger(declare("other", schedule=None), now=None).outcome == "accepted"

    @override_settings(TASKS=tasks(f"{HERE}.AwayBackend"))
    def test_may_deliver_in_the_end_which_begins_nothing(self, job, toy):
        """Pain 4: the closed attempt is fenced."""
        toy(raising(AssertionError("it ran")))
        trigger(job, now=None)
        assert deliver(JobRun.objects.get().pk, 1) is None
        assert JobRun.objects.get().reason == Reason.SUBMIT_FAILED

    @override_settings(TASKS=DUMMY)
    def test_leaves_the_attempt_to_its_deadline(self, job):
        assert trigger(job, now=None).outcome == "accepted"
        assert JobRun.objects.get().state == State.CLAIMED


def faults(**options):
    """What the checks would say of a job with these options."""
    return [text for text, hint in executors.load("django_tasks").faults(options) if hint]


def cautions(**options):
    """What the checks would warn of."""
    return [text for text, hint in executors.load("django_tasks").cautions(options) if hint]


GOOD = {"backend": "default", "queue_name": "heavy", "priority": -100, "memory_mb": 512}
BAD = {
    "this executor has no option 'queue'": {"queue": "heavy"},
    "TASKS has no 'heavy'": {"backend": "heavy"},
    "backend=None is not a name": {"backend": None},
    "queue_name=3 is not a name": {"queue_name": 3},
    "priority='high' is not a whole number": {"priority": "high"},
    "priority=True is not a whole number": {"priority": True},
    "memory_mb=0 is not a size": {"memory_mb": 0},
    "TASKS['default'] would refuse it: Queue 'mail' is not valid for backend.": {"queue_name": "mail"},
    "TASKS['default'] would refuse it: priority must be a whole number between -100 and 100.": {
        "priority": 101
    },
}


@override_settings(TASKS=DATABASE)
def test_good_options_are_no_fault():
    assert (faults(**GOOD), cautions(**GOOD), faults(), cautions()) == ([], [], [], [])


@override_settings(TASKS=DATABASE)
@pytest.mark.parametrize("text", BAD)
def test_a_wrong_option_is_a_fault(text):
    assert faults(**BAD[text]) == [text]


TROUBLE = {
    "TASKS['default'] would refuse it: Backend does not support setting priority of tasks.": (
        tasks(f"{HERE}.PickyBackend")
    ),
    "TASKS['default'] would refuse it: Queue 'default' is not valid for backend.": (
        tasks(f"{HERE}.DummyBackend", QUEUES=["mail"])
    ),
    "TASKS has no 'default'": {"mail": DUMMY["default"]},
    "TASKS['default'] would refuse it: 'OPTIONS'": tasks(f"{HERE}.NeedyBackend"),
}


@override_settings(TASKS=tasks(f"{HERE}.SickBackend"))
def test_what_a_backend_finds_wrong_with_itself_is_a_fault():
    """Without the backport's own app nobody else asks it."""
    assert faults() == ["TASKS['default']: it has no table"]


@pytest.mark.parametrize("text", TROUBLE)
def test_tasks_that_would_not_take_it_are_a_fault(text):
    with override_settings(TASKS=TROUBLE[text]):
        assert faults(backend="default", priority=1) == [text]


@override_settings(TASKS={"mail": {**DATABASE["default"], "QUEUES": ["mail"]}})
def test_a_backend_and_a_queue_of_any_name_serve_where_the_setting_names_them():
    named = {"backend": "mail", "queue_name": "mail"}
    assert django_tasks.run_attempt.backend == "mail"  # a job may name it, too: workers find the task
    with override_settings(JOBS_API={**JOBS_API, "EXECUTOR_OPTIONS": {"django_tasks": named}}):
        job = Job("nightly")
        assert faults(**job.routing) == []
        task = django_tasks.run_attempt
    assert (task.backend, task.queue_name) == ("mail", "mail")
    assert task.module_path == "jobs_api.executors.django_tasks.run_attempt"


@pytest.mark.parametrize(("setting", "said"), [(IMMEDIATE, "in the request"), (DUMMY, "never runs it")])
def test_a_backend_without_worker_is_a_caution_and_no_fault(setting, said):
    """Pain 17: nothing ran for days and nobody saw."""
    with override_settings(TASKS=setting):
        assert faults() == []
        assert [said in text for text in cautions()] == [True]


@override_settings(TASKS={**DUMMY, "mail": DATABASE["default"]})
def test_the_settings_backend_is_that_of_jobs_that_name_none():
    with override_settings(JOBS_API={**JOBS_API, "EXECUTOR_OPTIONS": {"django_tasks": {"backend": "mail"}}}):
        assert (django_tasks.run_attempt.backend, cautions()) == ("mail", [])
    assert len(cautions()) == 1


def test_where_there_is_a_fault_there_is_no_caution():
    assert cautions(backend="none") == []


@pytest.mark.skipif(FRAMEWORK == "django_tasks", reason="before Django 6 there is the backport's kind only")
def test_backends_of_both_packages_beside_each_other_are_a_fault():
    """A worker imports one task by its name; it is of one kind."""
    both = {**DATABASE, "old": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}}
    with override_settings(TASKS=both):
        assert faults(backend="old") == [
            "TASKS['old'] and TASKS['default'] take tasks of different kinds"
        ]  # fmt: skip


def test_nothing_else_is_found_in_the_module_by_chance():
    with pytest.raises(AttributeError, match="run_other"):
        _ = django_tasks.run_other


def test_the_task_has_what_django_6_0_demands(monkeypatch):
    """Its `Task` has no default for these two; those of 6.1 and of the backport have."""

    def task_class(*, priority, func, backend, queue_name, run_after, takes_context=False):
        return priority, backend, queue_name, run_after

    backend = SimpleNamespace(queues={"default"}, task_class=task_class)
    monkeypatch.setattr(django_tasks, "_backends", lambda: {"default": backend})
    assert django_tasks.run_attempt == (0, "default", "default", None)

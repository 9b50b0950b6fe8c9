"""From where `trigger()` can be called: threads, other jobs, an event loop, a transaction."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.apps import apps
from django.db import connection, connections, transaction
from django.test import TestCase
from django.utils import timezone

from jobs_api import current_run, executors, run_due, trigger
from jobs_api.exceptions import WrongUse
from jobs_api.models import JobRun, State
from jobs_api.signals import attempt_finished
from tests.conftest import stored_run
from tests.jobs_api.concurrency.crowd import crowd
from tests.jobs_api.database.hanging import another_session, locked
from tests.jobs_api.execution.attempts import elsewhere, raising
from tests.jobs_api.management.calling import now_slot

pytestmark = pytest.mark.django_db(transaction=True)
CALLS = {"trigger": lambda: trigger("nightly"), "run_due": run_due}


@pytest.fixture(autouse=True)
def nightly(declare, toy):
    toy(lambda command, **options: None)
    return declare()


# -- threads ----------------------------------------------------------------------------------


def test_twenty_threads_at_once_make_one_attempt(toy):
    """Pains 1 and 3: a scheduler in each worker process triggers, and there is one run."""
    started = []
    toy(lambda command, **options: started.append(current_run().attempt))
    with crowd(20) as together:
        outcomes = [result.outcome for result in together(*[lambda: trigger("nightly")] * 20)]
    assert started == [1]
    assert outcomes.count("succeeded") == 1
    assert set(outcomes) <= {"succeeded", "already_running", "already_succeeded"}
    assert JobRun.objects.get().attempt == 1


def test_a_command_that_interrupts_itself_ends_no_thread_of_a_scheduler(toy):
    toy(raising(KeyboardInterrupt()))
    assert elsewhere(lambda: trigger("nightly")).outcome == "failed"


def test_a_process_that_is_stopped_hears_it_and_the_attempt_is_handed_back(toy):
    toy(raising(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        trigger("nightly")
    run = JobRun.objects.get()
    assert (run.state, run.reason, run.tries) == (State.FAILED, "interrupted", 0)


# -- transactions -----------------------------------------------------------------------------


@pytest.mark.parametrize("call", CALLS)
def test_it_is_refused_inside_a_transaction_with_the_remedy(call):
    """Pain 16: no transaction around a run; a rollback would take it, and all that it did, away."""
    remedy = rf"transaction\.on_commit\(lambda: {call}\(\.\.\.\)\)"
    with transaction.atomic(), pytest.raises(WrongUse, match=remedy):
        CALLS[call]()
    assert not JobRun.objects.exists()


@pytest.mark.parametrize("call", CALLS)
def test_it_is_refused_where_nothing_commits_by_itself(call):
    transaction.set_autocommit(False)
    try:
        with pytest.raises(WrongUse, match="on_commit"):
            CALLS[call]()
    finally:
        connection.rollback()
        transaction.set_autocommit(True)


def test_it_works_after_the_commit():
    results = []
    with transaction.atomic():
        transaction.on_commit(lambda: results.append(trigger("nightly")))
    assert results[0].outcome == "succeeded"


@pytest.mark.django_db(transaction=False)
def test_it_works_in_a_test_that_is_one_transaction():
    """As a host's own tests are; a transaction of the host's within it is refused all the same."""
    assert trigger("nightly").outcome == "succeeded"
    with transaction.atomic(), pytest.raises(WrongUse):
        trigger("nightly")
    assert trigger("nightly").outcome == "already_succeeded"


class OfAHost(TestCase):
    """The same with Django's own class."""

    def test_it_works(self):
        assert trigger("nightly").outcome == "succeeded"
        with self.captureOnCommitCallbacks(execute=True):
            transaction.on_commit(lambda: trigger("nightly", force=True))
        assert JobRun.objects.get().attempt == 2


# -- event loops, and before the apps are ready -----------------------------------------------


@pytest.mark.parametrize("call", CALLS)
def test_it_is_refused_in_an_event_loop_with_the_remedy(call):
    async def view():
        CALLS[call]()

    with pytest.raises(WrongUse, match=rf"await sync_to_async\({call}\)"):
        asyncio.run(view())
    assert not JobRun.objects.exists()


def test_it_works_in_an_event_loop_where_django_may_block_it(monkeypatch):
    """Such as in a notebook."""

    async def cell():
        try:
            return trigger("nightly")
        finally:
            connections.close_all()  # an event loop has its own

    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    assert asyncio.run(cell()).outcome == "succeeded"


def test_it_works_in_a_thread_of_an_event_loop():
    async def view():
        return await sync_to_async(lambda: elsewhere(lambda: trigger("nightly")))()

    assert asyncio.run(view()).outcome == "succeeded"


@pytest.mark.parametrize("call", CALLS)
def test_it_is_refused_before_the_apps_are_ready(call, monkeypatch):
    monkeypatch.setattr(apps, "ready", False)
    with pytest.raises(WrongUse, match="before Django's apps were ready"):
        CALLS[call]()


# -- other jobs -------------------------------------------------------------------------------


def test_a_job_may_trigger_another_and_the_record_says_which(declare, toy):
    seen = []

    def behave(command, **options):
        seen.append((current_run().job_name, current_run().attempt))
        print(f"I am {current_run().job_name}")
        if current_run().job_name == "nightly":
            seen.append(trigger("second").outcome)
            print("and back")

    toy(behave)
    declare("second", schedule=None)
    first = trigger("nightly")
    assert seen == [("nightly", 1), ("second", 1), "succeeded"]
    run = JobRun.objects.get(job_name="second")
    assert run.note == f"triggered by nightly {first.run_date.isoformat()}"
    written = {run.job_name: bytes(run.output_head).decode() for run in JobRun.objects.all()}
    assert written == {"nightly": "I am nightly\nand back\n", "second": "I am second\n"}


def test_a_job_that_triggers_itself_does_not_wait_for_itself(toy):
    seen = []
    toy(lambda command, **options: seen.append(trigger("nightly").outcome))
    assert trigger("nightly").outcome == "succeeded"
    assert seen == ["already_running"]


def test_a_job_that_fails_within_another_does_not_fail_that_one(declare, toy):
    def behave(command, **options):
        if current_run().job_name == "second":
            raise SystemExit(3)
        assert trigger("second").outcome == "failed"

    toy(behave)
    declare("second", schedule=None)
    assert trigger("nightly").outcome == "succeeded"


def test_a_receiver_of_a_signal_may_trigger_the_next_job(declare):
    """Such as: when the report is done, send it."""
    results = []

    def send_it(job, state, **fields):
        if job == "nightly":
            results.append(trigger("second", source=f"after {job}: {state}"))

    declare("second", schedule=None)
    attempt_finished.connect(send_it)
    try:
        assert trigger("nightly").outcome == "succeeded"
    finally:
        attempt_finished.disconnect(send_it)
    assert [result.outcome for result in results] == ["succeeded"]
    assert JobRun.objects.get(job_name="second").source == "after nightly: succeeded"


# -- waiting ----------------------------------------------------------------------------------


@pytest.fixture
def in_background(monkeypatch):
    """An executor that begins nothing by itself."""
    host = executors.Executor()
    host.submit = lambda job, lease: None
    monkeypatch.setattr(executors, "load", lambda name: host)


@pytest.fixture
def waited(monkeypatch):
    """How long was waited for, at most: whatever is waited for ends at once."""
    seconds = []

    def wait(watch, longest):
        seconds.append(longest)
        ended = {"state": State.SUCCEEDED, "held_job": None, "lease_expires_at": None}
        JobRun.objects.filter(pk=watch.run_id).update(**ended)

    monkeypatch.setattr("jobs_api.execution.waiting.waiters.wait", wait)
    return seconds


def test_it_does_not_wait_for_a_background_executor_unless_told(in_background, waited):
    result = trigger("nightly")
    assert (result.outcome, result.ok, result.run.state) == ("accepted", True, State.CLAIMED)
    assert result.retry_after > 0
    assert waited == []


@pytest.mark.parametrize(("wait", "most"), [(5, 5), (timedelta(seconds=5), 5), (10**6, 25)])
def test_a_wait_is_capped_as_over_http(in_background, waited, wait, most):
    assert trigger("nightly", wait=wait).outcome == "succeeded"
    assert [most / 2 < seconds <= most for seconds in waited] == [True]


def test_it_waits_for_the_run_of_another_if_told(nightly, waited):
    later = now_slot(nightly).replace(year=2999)
    stored_run(nightly, now_slot(nightly), state=State.RUNNING, lease_expires_at=later)
    assert trigger("nightly").outcome == "already_running"
    assert waited == []
    assert trigger("nightly", wait=60).outcome == "already_succeeded"
    assert [15 < seconds <= 25 for seconds in waited] == [True]


# -- a database that is away ------------------------------------------------------------------


@pytest.mark.parametrize("call", CALLS)
def test_a_database_that_is_locked_is_a_result_in_time_and_works_when_it_is_back(settings, call):
    """Pain 23: a scheduler's thread is not lost, and neither is the slot."""
    settings.JOBS_API = {**settings.JOBS_API, "DATABASE_SECONDS": 0.4}
    with locked():
        assert CALLS[call]().outcome == "unavailable"
    settings.JOBS_API = {**settings.JOBS_API, "DATABASE_SECONDS": 10}
    connection.close()
    assert trigger("nightly").outcome == "succeeded"


def test_a_connection_that_the_server_closed_meanwhile_is_made_anew():
    """A thread that triggers once a day has no request's end at which Django would look after it."""
    if connection.vendor != "postgresql":
        pytest.skip("needs a server")
    connection.ensure_connection()
    with another_session() as execute:
        # It returns when the other has ended, or after so many milliseconds.
        execute(f"SELECT pg_terminate_backend({connection.connection.info.backend_pid}, 20000)")
    assert trigger("nightly").outcome == "succeeded"


def test_a_sound_connection_is_kept():
    connection.ensure_connection()
    before = connection.connection
    trigger("nightly")
    trigger("nightly")
    assert connection.connection is before


def test_a_fresh_trigger_costs_as_many_statements_as_over_http(django_assert_max_num_queries):
    trigger("nightly", run_date=timezone.now().date() - timedelta(days=2))
    with django_assert_max_num_queries(3):
        assert trigger("nightly").outcome == "succeeded"

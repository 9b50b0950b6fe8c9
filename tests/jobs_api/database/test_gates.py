"""While a database hangs one request waits for it, and the others are refused: a thread is left for /live.

Pain 18: a monitor that gets no answer restarts a server whose only fault is its database.
"""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import OperationalError, connections

from jobs_api.database.bounds import bounded
from jobs_api.database.gates import Gate
from jobs_api.models import JobRun, JobState, Token
from tests.conftest import stored_run
from tests.jobs_api.execution.draining.server import eventually, serve

from .hanging import locked, locked_for_writes


def closed_gate(since=0.0):
    gate = Gate()
    gate.timed_out(since + 1)
    return gate


def test_a_gate_lets_all_pass_until_a_request_has_waited_without_success():
    gate = Gate()
    assert all(gate.admits(object()) for _ in range(3))
    gate.timed_out(time.monotonic())
    assert [gate.admits(who) for who in ("first", "second", "first")] == [True, False, True]


def test_who_tries_and_leaves_lets_the_next_one_try():
    gate = closed_gate()
    assert gate.admits("first")
    gate.leave("second")
    assert not gate.admits("second")
    gate.leave("first")
    assert (gate.admits("second"), gate.admits("first")) == (True, False)


def test_the_first_statement_that_comes_through_lets_all_pass():
    gate = closed_gate()
    assert gate.admits("first")
    gate.passed()
    assert all(gate.admits(object()) for _ in range(3))


def test_nothing_is_wrong_for_all_where_others_came_through_meanwhile():
    """Somebody waited for a lock on one row."""
    gate, since = Gate(), time.monotonic()
    gate.passed()
    gate.timed_out(since)
    assert all(gate.admits(object()) for _ in range(3))


@pytest.mark.django_db(transaction=True)
def test_readers_pass_while_writers_wait_without_success(declare, impatient):
    stored_run(declare())
    impatient(0.3)
    with locked_for_writes():
        with pytest.raises(OperationalError), bounded(gated=True):
            JobRun.objects.update(note="x")
        impatient(10)
        with bounded(gated=True):
            assert JobRun.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_statements_on_other_tables_do_not_open_the_gate(declare, impatient):
    """A bad token is looked up while the runs are locked."""
    stored_run(declare())
    impatient(0.3)
    with locked_for_writes():
        with pytest.raises(OperationalError), bounded(gated=True):
            JobRun.objects.update(note="x")
        impatient(10)
        with bounded(gated=True):
            Token.objects.filter(name="x").count()
            JobState.objects.filter(job_name="x").count()

        def refused():
            try:
                with bounded(gated=True):
                    JobRun.objects.update(note="x")
            except OperationalError as error:
                return str(error)
            finally:
                connections.close_all()

        impatient(3)
        with ThreadPoolExecutor(2) as threads:
            said = sorted(future.result() for future in [threads.submit(refused) for _ in range(2)])
    assert sum("another request is testing" in text for text in said) == 1


@pytest.mark.django_db(transaction=True)
def test_live_answers_while_more_callers_than_threads_wait_for_the_database(declare, tmp_path):
    job = declare(schedule=None, options={"ledger": str(tmp_path / "ledger")})
    options = ("--worker-class", "gthread", "--threads", "4")
    serving = serve(tmp_path, *options, jobs=[job], grace=3, drain=2, DATABASE_SECONDS=2)
    with serving as server, ThreadPoolExecutor(24) as callers:
        with locked():
            asked = [callers.submit(server.connection().ask, *TRIGGER) for _ in range(24)]
            time.sleep(0.2)
            since = time.monotonic()
            assert server.connection().ask("GET", "/api/health/live")[0] == 200
            took = time.monotonic() - since
            answers = [future.result() for future in asked]
            assert {(status, headers["Retry-After"]) for status, headers, _ in answers} == {(503, "5")}
            assert server.connection().ask("GET", "/api/health/ready")[0] == 503
        # Six rounds of four threads, each two seconds long, would come before it.
        assert took < 8
        eventually(lambda: server.connection().ask("GET", "/api/health/ready")[0] == 200)
        assert server.connection().ask(*TRIGGER)[0] == 200
    assert JobRun.objects.get().state == "succeeded"


TRIGGER = ("POST", "/api/jobs/nightly/run")

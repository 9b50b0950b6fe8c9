"""Whatever a command does to its database connection, its result is written, with its right reason.

Pain 23 (django-apscheduler#128, django-tasks-db#22): the connection is dead, and the run stays open.
"""

import sys
from datetime import date

import pytest
from django.db import DatabaseError, OperationalError, connection, transaction
from django.utils import timezone

from jobs_api import runs
from jobs_api.clock import Moment
from jobs_api.database import outage
from jobs_api.execution.perform import perform
from jobs_api.models import JobRun, TriggerCount
from jobs_api.runs.types import Trigger
from jobs_api.triggers.dispatch import Request, dispatch

from .attempts import begun, clock_that_sleeps_by, elsewhere, output_of, raising

pytestmark = pytest.mark.django_db(transaction=True)
on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL")


@pytest.fixture(autouse=True)
def sound_connection(transactional_db):
    """A test that fails must not break the ones after it."""
    yield
    connection.close()
    connection.connect()


def write(name="by the command"):
    TriggerCount.objects.create(job_name=name, day=date(2026, 11, 20), outcome="x")


def written():
    return elsewhere(lambda: list(TriggerCount.objects.values_list("job_name", flat=True)))


def begin_by_hand():
    connection.cursor().execute("BEGIN")


def bad_statement():
    with pytest.raises(DatabaseError):
        connection.cursor().execute("SELECT * FROM no_such_table")


def close():
    connection.close()


def close_underneath():
    connection.ensure_connection()
    connection.connection.close()


def terminate_the_backend():
    with pytest.raises(OperationalError):
        connection.cursor().execute("SELECT pg_terminate_backend(pg_backend_pid())")


def leave_atomic():
    transaction.atomic().__enter__()
    write()


def leave_atomic_unused():
    transaction.atomic().__enter__()


def leave_atomic_twice():
    leave_atomic()
    leave_atomic_again = transaction.atomic()
    leave_atomic_again.__enter__()
    write("inside")


def leave_aborted_atomic():
    leave_atomic()
    bad_statement()


def leave_marked_for_rollback():
    leave_atomic()
    transaction.set_rollback(True)


def leave_without_autocommit():
    transaction.set_autocommit(False)
    write()


def leave_without_autocommit_unused():
    transaction.set_autocommit(False)


def leave_by_hand():
    begin_by_hand()
    write()


def leave_aborted_by_hand():
    leave_by_hand()
    bad_statement()


def close_within_atomic():
    leave_atomic()
    connection.close()


HARMS = [
    close,
    close_underneath,
    leave_atomic,
    leave_atomic_unused,
    leave_atomic_twice,
    leave_aborted_atomic,
    leave_marked_for_rollback,
    leave_without_autocommit,
    leave_without_autocommit_unused,
    leave_by_hand,
    leave_aborted_by_hand,
    close_within_atomic,
    pytest.param(terminate_the_backend, marks=on_postgresql),
]
ENDS = {
    "returns": (lambda: None, 200, ("succeeded", ""), "already_succeeded"),
    "raises": (lambda: raising(ValueError("no"))(None), 500, ("failed", "error"), "retry_later"),
    "exits": (lambda: sys.exit(3), 500, ("failed", "exit"), "retry_later"),
}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("harm", HARMS)
def test_the_result_is_written_and_the_caller_hears_it(declare, toy, api, harm, end):
    then, status, expected, next_outcome = ENDS[end]

    def behave(command, **options):
        print("so far")
        harm()
        then()

    toy(behave)
    declare()
    answer = api("POST", "/api/jobs/nightly/run")
    assert answer.status_code == status
    assert (answer.json()["run"]["state"], answer.json()["run"]["reason"] or "") == expected
    run = elsewhere(JobRun.objects.get)
    assert (run.state, run.reason, run.attempt) == (*expected, 1)
    assert output_of(run).startswith("so far\n")
    assert api("POST", "/api/jobs/nightly/run").json()["outcome"] == next_outcome
    assert written() == []  # what was not committed is gone


@pytest.mark.parametrize("harm", HARMS)
def test_the_next_request_of_the_thread_finds_a_sound_connection(declare, toy, harm):
    toy(lambda command, **options: harm())
    job = declare()
    perform(job, begun(job))
    assert (connection.in_atomic_block, connection.get_autocommit()) == (False, True)
    write("afterwards")
    assert written() == ["afterwards"]


def test_what_the_command_has_committed_stays(declare, toy):
    def behave(command, **options):
        with transaction.atomic():
            write("committed")
        leave_atomic()
        raise ValueError("no")

    toy(behave)
    job = declare()
    perform(job, begun(job))
    assert written() == ["committed"]


# -- the database goes while the result is written ---------------------------------------------


@pytest.fixture
def failing(monkeypatch):
    """``failing(3)`` lets the next three attempts to finish fail; returns the list of all."""
    monkeypatch.setattr(outage, "time", clock_that_sleeps_by(lambda seconds: None))

    def fail(times):
        tried, finish = [], runs.finish

        def finish_or_fail(*args, **kwargs):
            tried.append(args)
            if len(tried) <= times:
                raise OperationalError("gone")
            return finish(*args, **kwargs)

        monkeypatch.setattr(runs, "finish", finish_or_fail)
        return tried

    return fail


def test_a_database_that_is_gone_for_a_while_is_tried_again(declare, toy, api, failing):
    toy(lambda command, **options: None)
    declare()
    tried = failing(3)
    assert api("POST", "/api/jobs/nightly/run").json()["outcome"] == "succeeded"
    assert len(tried) == 4
    assert JobRun.objects.get().state == "succeeded"


@pytest.mark.parametrize("status", [200, 500])
def test_a_connection_that_breaks_after_the_result_was_committed_does_not_falsify_the_answer(
    declare, toy, api, monkeypatch, status
):
    finish, tried = runs.finish, []

    def finish_and_break(*args, **kwargs):
        finish(*args, **kwargs)
        tried.append(args)
        raise OperationalError("the answer did not come through")

    monkeypatch.setattr(runs, "finish", finish_and_break)
    toy(lambda command, **options: sys.exit(status != 200))
    declare()
    answer = api("POST", "/api/jobs/nightly/run")
    assert (answer.status_code, len(tried)) == (status, 1)
    assert answer.json()["outcome"] == JobRun.objects.get().state


def test_a_database_that_stays_away_longer_than_a_lease_leaves_the_run_to_be_found_lost(
    declare, toy, api, failing, settings
):
    settings.JOBS_API = {**settings.JOBS_API, "LEASE_SECONDS": 0.05, "RENEW_SECONDS": 10}
    toy(lambda command, **options: None)
    declare()
    failing(10**9)
    answer = api("POST", "/api/jobs/nightly/run")
    assert (answer.status_code, "Retry-After" in answer) == (503, True)
    run = JobRun.objects.get()
    assert run.state == "running"
    assert [lost.pk for lost in runs.reap(moment=Moment(timezone.now()))] == [run.pk]


def test_a_database_that_cannot_be_reached_while_the_connection_is_renewed(declare, toy, monkeypatch):
    toy(lambda command, **options: leave_atomic())
    job = declare()
    lease = begun(job)
    connect, refused = connection.get_new_connection, []

    def refuse_twice(params):
        if len(refused) < 2:
            refused.append(1)
            raise connection.Database.OperationalError("connection refused")  # the driver's own
        return connect(params)

    monkeypatch.setattr(connection, "get_new_connection", refuse_twice)
    monkeypatch.setattr(outage, "time", clock_that_sleeps_by(lambda seconds: None))
    perform(job, lease)
    assert len(refused) == 2
    assert elsewhere(JobRun.objects.get).state == "succeeded"


# -- transactions around a trigger --------------------------------------------------------------


def test_a_callers_open_transaction_is_refused(declare):
    request = Request(declare(), timezone.now(), Trigger("http"))
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        dispatch(request)
    assert not JobRun.objects.exists()


def test_a_callers_open_transaction_is_refused_for_a_second_attempt_too(declare, toy):
    toy(raising(ValueError("no")))
    request = Request(declare(retry_backoff=0), timezone.now(), Trigger("http"))
    dispatch(request)
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        dispatch(request)
    assert JobRun.objects.get().attempt == 1


@pytest.mark.parametrize("atomic_requests", [False, True])
def test_the_claim_is_committed_before_the_command_begins(declare, toy, api, monkeypatch, atomic_requests):
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", atomic_requests)
    seen = []
    toy(lambda command, **options: seen.append(elsewhere(JobRun.objects.get).state))
    declare()
    assert api("POST", "/api/jobs/nightly/run").json()["outcome"] == "succeeded"
    assert seen == ["running"]

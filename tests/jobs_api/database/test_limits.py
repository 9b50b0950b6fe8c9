"""Each of our statements carries its time limit to the server, and nothing of it stays on the session.

Pain 23: a setting that stays on a host's connection is met by whoever gets it next.
"""

import time
from contextlib import nullcontext
from datetime import date
from types import SimpleNamespace

import pytest
from django.db import OperationalError, connection, transaction
from django.db.backends.signals import connection_created

from jobs_api import current_run
from jobs_api.database import bounds, budget, gates
from jobs_api.database.bounds import afresh, bounded, elsewhere, is_over
from jobs_api.database.connecting import Connecting
from jobs_api.models import JobRun, TriggerCount
from jobs_api.runs import lookup
from tests.conftest import NOON, stored_run
from tests.jobs_api.execution.attempts import eventually

from .hanging import another_session, locked_for_writes

pytestmark = pytest.mark.django_db(transaction=True)
on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL")
on_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="needs SQLite")


def limit():
    """What the database is told to wait at most, as a statement sees it, in ms."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":  # who only reads waits for nobody, and is left as it is
            cursor.execute("UPDATE jobs_api_triggercount SET count = count WHERE id = 0")
            cursor.execute("PRAGMA busy_timeout")
            return int(cursor.fetchone()[0])
        cursor.execute("SELECT extract(epoch FROM current_setting('statement_timeout')::interval) * 1000")
        return int(cursor.fetchone()[0])


OWN = 20_000 if connection.vendor == "sqlite" else 0
"""The limit that a connection has here without us, in ms."""


@pytest.fixture(autouse=True)
def a_host_that_is_more_patient(monkeypatch):
    """Where SQLite waits no longer than we allow, there is nothing to set."""
    if connection.vendor == "sqlite":
        monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", OWN / 1000)
        connection.close()
        yield
        connection.close()
    else:
        yield


@pytest.fixture
def clock(monkeypatch):
    """``clock(0.8)``: the time goes on by so much, and no busy machine makes it go on by itself.

    It is ahead, so that the watchdog, whose clock goes on, takes nobody's time for over.
    """
    at = [time.monotonic() + 3600]

    def go_on(seconds):
        at[0] += seconds

    for module in (bounds, budget):
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: at[0]))
    return go_on


@pytest.fixture
def server_side_binding(monkeypatch):
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "server_side_binding", True)
    connection.close()


@pytest.mark.parametrize("around", [nullcontext, transaction.atomic])
def test_the_limit_holds_for_our_statements_and_for_no_other(around):
    assert limit() == OWN
    with bounded():
        with around():
            assert 5_000 < limit() <= 10_000
            assert 5_000 < limit() <= 10_000
            with around():
                assert 5_000 < limit() <= 10_000
        with elsewhere():
            assert limit() == OWN
        assert 5_000 < limit() <= 10_000
    assert limit() == OWN


@on_postgresql
def test_the_limit_holds_where_values_are_bound_by_the_server(server_side_binding):
    with bounded():
        assert 5_000 < limit() <= 10_000
        with transaction.atomic():
            assert 5_000 < limit() <= 10_000
    assert limit() == OWN


@on_postgresql
def test_in_a_callers_transaction_no_limit_is_set_that_would_outlive_our_statements():
    with transaction.atomic():
        with bounded():
            assert limit() == OWN
        assert limit() == OWN


@on_postgresql
@pytest.mark.parametrize(("own", "ours"), [("700ms", 700), ("2min", 10_000)])
def test_the_smaller_of_the_hosts_limit_and_ours_holds(own, ours, clock):
    def set_up(connection, **_):
        with connection.cursor() as cursor:
            cursor.execute(f"SET statement_timeout = '{own}'")

    connection_created.connect(set_up)
    try:
        with bounded():
            connection.close()
            seen = [limit(), limit()]
        assert all(ours * 0.9 <= found <= ours for found in seen)
        assert limit() in (700, 120_000)
    finally:
        connection_created.disconnect(set_up)
        connection.close()


@on_sqlite
def test_a_host_that_waits_less_for_a_lock_goes_on_to_wait_less():
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 700")
    with bounded():
        assert limit() == 700
    assert limit() == 700


@pytest.mark.parametrize("atomic_requests", [False, True])
@pytest.mark.parametrize("persistent", [None, 0])
def test_a_command_meets_no_limit_of_ours(declare, toy, api, monkeypatch, atomic_requests, persistent):
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", atomic_requests)
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", persistent)
    seen = []

    def behave(command, **options):
        seen.append(limit())
        with transaction.atomic():
            seen.append(limit())
        seen.append(len(connection.execute_wrappers) <= 1)
        seen.append("connect" in vars(connection))
        seen.append(current_run().attempt)

    toy(behave)
    declare()
    assert api("POST", "/api/jobs/nightly/run").json()["outcome"] == "succeeded"
    assert seen == [OWN, OWN, True, False, 1]
    assert (limit(), connection.execute_wrappers, "connect" in vars(connection)) == (OWN, [], False)


def test_a_command_may_take_longer_than_our_statements(declare, toy, api, impatient):
    def behave(command, **options):
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SELECT pg_sleep(2.5)")
            else:
                time.sleep(2.5)
        stored_run(job, NOON)

    toy(behave)
    job = declare()
    impatient(2)
    assert api("POST", "/api/jobs/nightly/run").json()["outcome"] == "succeeded"


def by_hand():
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO jobs_api_triggercount (job_name, day, source, outcome, count)"
            " VALUES (%s, %s, '', '', 5) RETURNING count",
            ["by hand", "2026-11-20"],
        )
        assert (cursor.fetchone(), cursor.fetchone()) == ((5,), None)
        cursor.execute("UPDATE jobs_api_triggercount SET count = 6 WHERE job_name LIKE '%%hand'")
        assert cursor.rowcount == 1
        cursor.execute("SELECT count, '%' FROM jobs_api_triggercount")
        assert (cursor.fetchall(), next(column[0] for column in cursor.description)) == ([(6, "%")], "count")
        cursor.executemany("UPDATE jobs_api_triggercount SET count = %s", [[7], [8]])


def through_the_orm():
    counts, named = TriggerCount.objects, {"job_name": "orm", "day": date(2026, 11, 20)}
    assert counts.get_or_create(**named, outcome="a", defaults={"count": 1})[1]
    assert not counts.get_or_create(**named, outcome="a")[1]
    assert not counts.update_or_create(**named, outcome="a", defaults={"count": 2})[1]
    made = counts.bulk_create([TriggerCount(**named, outcome=outcome, count=3) for outcome in "bcd"])
    assert all(count.pk for count in made)
    counts.bulk_create([TriggerCount(**named, outcome="b")], ignore_conflicts=True)
    assert counts.bulk_update([TriggerCount(pk=made[0].pk, count=9)], ["count"]) == 1
    assert [count.count for count in counts.order_by("outcome").iterator(chunk_size=2)] == [2, 9, 3, 3]
    assert counts.filter(outcome="b").update(count=4) == 1
    assert counts.count() == 4
    assert counts.filter(outcome__in="cd").delete()[0] == 2
    with pytest.raises(TriggerCount.DoesNotExist), transaction.atomic():
        counts.select_for_update().get(pk=0)


@pytest.mark.parametrize("work", [by_hand, through_the_orm])
@pytest.mark.parametrize("around", [nullcontext, transaction.atomic])
def test_statements_answer_as_ever(work, around):
    with bounded(), around():
        work()


@on_postgresql
@pytest.mark.parametrize("around", [nullcontext, transaction.atomic])
def test_statements_answer_as_ever_where_values_are_bound_by_the_server(server_side_binding, around):
    with bounded(), around():
        through_the_orm()


@pytest.mark.parametrize("bounds", [nullcontext, bounded])
def test_a_failed_statement_leaves_a_transaction_that_can_be_gone_on_with(bounds):
    count = {"job_name": "x", "day": date(2026, 11, 20), "outcome": "x"}
    with bounds(), transaction.atomic():
        TriggerCount.objects.create(**count)
        with pytest.raises(Exception, match=r"(?i)unique"), transaction.atomic():
            TriggerCount.objects.create(**count)
        TriggerCount.objects.create(**{**count, "outcome": "y"})
    assert TriggerCount.objects.count() == 2


# -- the time ------------------------------------------------------------------------------------


def test_the_time_is_that_of_all_statements_together(declare, impatient):
    stored_run(declare())
    impatient(0.5)
    since = time.monotonic()
    with locked_for_writes(), bounded():
        for _ in range(20):
            with pytest.raises(OperationalError):
                JobRun.objects.update(note="x")
        assert is_over()
    assert time.monotonic() - since < 8


def test_what_is_done_elsewhere_takes_none_of_it(impatient, clock):
    impatient(0.5)
    with bounded():
        with elsewhere():
            clock(0.8)
        assert not is_over()


def test_a_long_list_has_time_for_each_of_its_items(impatient, clock):
    impatient(0.5)
    with bounded():
        for _ in range(4):
            clock(0.2)
            afresh()
        assert not is_over()


@on_postgresql
def test_the_server_does_not_go_on_waiting_for_a_caller_that_was_answered(declare, impatient):
    """Else each refused request would leave a session that waits, until the server takes no more."""
    stored_run(declare())
    impatient(0.5)
    with locked_for_writes(), another_session() as execute:
        with pytest.raises(OperationalError), bounded():
            JobRun.objects.update(note="x")
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'jobs_api_jobrun'::regclass"
        eventually(lambda: execute(waiting).fetchone() == (0,))  # its time began when it had the statement


@on_postgresql
def test_of_a_short_time_most_is_left_to_connect_and_to_ask(monkeypatch, clock):
    """A heartbeat has a third of a lease; where leases are short it would never be in time."""
    given = []
    result = Connecting.result
    monkeypatch.setattr(Connecting, "result", lambda self, left: given.append(left) or result(self, 10))
    connection.close()
    with bounded(seconds=1):
        assert limit() > 400
    assert given[0] > 0.8


@on_postgresql
def test_the_first_read_carries_a_limit_only_once_a_request_has_waited_without_success(declare):
    """It is all that a duplicate costs; those who try again must leave no session behind that waits on."""
    job, told = declare(), []

    def note(execute, sql, *rest):
        told.append("statement_timeout" in sql)
        return execute(sql, *rest)

    with bounded(gated=True), connection.execute_wrapper(note):
        lookup.find(job.name, NOON)
        gates.READS.timed_out(time.monotonic() + 1)
        lookup.find(job.name, NOON)
    assert told == [False, True]
    assert gates.READS.is_open

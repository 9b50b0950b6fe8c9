"""`declare` and `run_job`: what a host's test says, and what it gets."""

from __future__ import annotations

import time
from datetime import date, datetime, timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection, transaction
from django.test import TestCase, TransactionTestCase, override_settings

from jobs_api import current_run, registry
from jobs_api.exceptions import BadInput, NotFound
from jobs_api.models import JobDeclaration, JobPause, JobRun
from jobs_api.testing import declare, run_job
from jobs_api.testing.jobs import Options
from tests.conftest import NOON

DAILY = {"command": "toy", "schedule": "0 12 * * *", "timezone": "UTC"}


# -- declare ----------------------------------------------------------------------------------


def test_a_job_is_declared_beside_the_others_and_only_meanwhile():
    before = registry.jobs()
    with declare("nightly", **DAILY) as job:
        assert registry.get("nightly") is job
        assert [other for other in registry.jobs() if other is not job] == before
        with declare("nightly", command="toy") as other:
            assert registry.get("nightly") is other
        assert registry.get("nightly") is job
    assert registry.jobs() == before


@declare("decorated", **DAILY)
def test_a_test_may_be_decorated():
    assert registry.get("decorated").schedule == "0 12 * * *"


def test_a_decorated_class_is_refused_instead_of_losing_its_tests():
    with pytest.raises(
        TypeError, match=r"Decorate its test methods, or .*enterClassContext\(declare\('nightly'"
    ):

        @declare("nightly", **DAILY)
        class TestNightly(TestCase):
            pass


async def coroutine():
    """An async test."""


def generator():
    """As a fixture of pytest."""
    yield


@pytest.mark.parametrize("late", [coroutine, generator])
def test_a_decorated_function_that_returns_before_its_work_is_done_is_refused(late):
    with pytest.raises(TypeError, match=r"gone before it runs\. Use `with declare\('nightly'"):
        declare("nightly", **DAILY)(late)


class TestOfAClass(TestCase):
    """As the message of a decorated class says."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.enterClassContext(declare("of_the_class", **DAILY))

    @declare("of_the_method", **DAILY)
    def look(self):
        assert registry.find("of_the_class")
        assert registry.find("of_the_method")

    test_once = test_twice = look


def test_what_is_wrong_in_it_is_raised_at_once():
    wrong = declare("nightly", schedule="61 3 * * *", executor="acme.jobs.Nomad")
    with pytest.raises(ImproperlyConfigured, match=r"(?s)E011.*E016.*cannot be imported"), wrong:
        pass
    assert registry.find("nightly") is None


def test_a_misspelt_field_in_it_is_raised_with_the_right_one_and_whatever_else_is_wrong():
    wrong = declare("report", comand="toy", timeout=0)
    with pytest.raises(ImproperlyConfigured, match=r"(?s)no field 'comand'.*'command'\?.*E013"), wrong:
        pass
    assert registry.find("report") is None


# -- run_job ----------------------------------------------------------------------------------


WAYS = {"in a transaction": pytest.mark.django_db, "with commits": pytest.mark.django_db(transaction=True)}


@pytest.fixture(params=[pytest.param(way, marks=mark) for way, mark in WAYS.items()])
def database(request):
    """As Django's TestCase has it, and as its TransactionTestCase has it."""
    assert connection.in_atomic_block is (request.param == "in a transaction")


@pytest.fixture
def nightly(database):
    with declare("nightly", **DAILY, params=Options, executor="celery") as job:
        yield job


def test_a_job_that_goes_well(nightly, toy):
    toy(lambda command, **options: command.stdout.write(f"hello {options['say']}"))

    result = run_job("nightly", "2026-11-20", {"say": "ann"}, now=NOON)

    assert (result.succeeded, result.outcome, result.state) == (True, "succeeded", "succeeded")
    assert (result.reason, result.error, result.output) == ("", "", "hello ann\n")
    assert (result.run_date, result.run) == (NOON, JobRun.objects.get())
    assert (result.run.executor, result.run.source) == ("inline", "test")


def test_a_job_that_fails_raises_nothing(nightly, toy):
    def fail(command, **options):
        command.stdout.write("so far")
        raise ValueError("no")

    toy(fail)

    result = run_job("nightly", now=NOON)

    assert (result.succeeded, result.outcome, result.state) == (False, "failed", "failed")
    assert (result.reason, result.error) == ("error", "ValueError: no")
    assert result.output.startswith("so far\nTraceback")


@pytest.mark.parametrize("slot", [None, NOON, date(2026, 11, 20), "2026-11-20T12:00:00Z", "2026-11-20"])
def test_the_slot_is_named_as_it_suits(nightly, toy, slot):
    toy(lambda command, **options: None)
    assert run_job("nightly", slot, now=NOON + timedelta(hours=3)).run_date == NOON


def test_a_second_call_is_a_repeat_and_force_runs_it_again(nightly, toy):
    toy(lambda command, **options: None)
    again = {"run_date": NOON, "now": NOON}
    outcomes = [run_job("nightly", **again, force=force).outcome for force in (False, False, True)]
    assert outcomes == ["succeeded", "already_succeeded", "succeeded"]
    assert JobRun.objects.get().attempt == 2


def test_what_starts_nothing_has_no_run(nightly):
    JobPause.objects.create(job_name="nightly", started_at=NOON)
    result = run_job("nightly", now=NOON)
    assert (result.outcome, result.run, result.state, result.output) == ("paused", None, "", "")


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"name": "nihgtly"}, NotFound),
        ({"run_date": "2026-11-20T12:30:00Z"}, BadInput),
        ({"run_date": datetime(2026, 11, 20, 12)}, BadInput),  # noqa: DTZ001 - that is what is wrong
        ({"options": {"dayz": 7}}, BadInput),
    ],
)
def test_wrong_input_is_raised(nightly, wrong, error):
    with pytest.raises(error):
        run_job(**{"name": "nightly", **wrong})
    assert not JobRun.objects.exists()


@pytest.mark.django_db
@override_settings(JOBS_API={"LEASE_SECONDS": 0.4, "RENEW_SECONDS": 0.1, "REQUIRE_HTTPS": False})
def test_a_command_in_a_transaction_may_take_longer_than_a_lease_and_check(toy):
    """No heartbeat sees its run: it would be taken for lost."""

    def work(command, **options):
        until = time.monotonic() + 1
        while time.monotonic() < until:
            current_run().check()
            time.sleep(0.01)

    toy(work)
    with declare("nightly", **DAILY):
        result = run_job("nightly", now=NOON)
    assert result.succeeded, result.output


def test_the_time_out_counts(database, toy):
    def work(command, **options):
        time.sleep(0.02)
        current_run().check()

    toy(work)
    with declare("nightly", **DAILY, timeout=0.01):
        assert run_job("nightly", now=NOON).reason == "timeout"


@pytest.mark.django_db
def test_what_is_rolled_back_with_a_test_is_not_believed_to_be_there(toy):
    toy(lambda command, **options: None)
    with declare("nightly", **DAILY):
        run_job("nightly", now=NOON)
        JobDeclaration.objects.all().delete()
        run_job("nightly", now=NOON + timedelta(days=1))
    assert JobDeclaration.objects.get().job_name == "nightly"


class TestInTestCase(TestCase):
    """What one test writes, the next one does not find; nor does this process believe that it is there."""

    def run_it(self):
        with declare("clear", command="clearsessions", schedule="@daily"):
            result = run_job("clear")
        assert result.succeeded, result.output
        assert JobRun.objects.count() == 1
        assert JobDeclaration.objects.filter(job_name="clear").count() == 1

    test_once = test_twice = run_it


class TestInTransactionTestCase(TransactionTestCase):
    test_once = test_twice = TestInTestCase.run_it


def test_not_within_a_transaction_of_the_tests_own(transactional_db, toy):
    with declare("nightly", **DAILY), transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        run_job("nightly", now=NOON)


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite's transactions survive an error")
def test_a_database_error_breaks_the_transaction_of_a_test_on_postgresql(toy):
    def break_it(command, **options):
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM no_such_table")

    toy(break_it)
    with declare("nightly", **DAILY), pytest.raises(DatabaseError, match="current transaction is aborted"):
        run_job("nightly", now=NOON)

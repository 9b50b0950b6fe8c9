"""What an inline command leaves behind in its thread or its process is gone when its run has ended.

The next run and the next request in that thread find everything as it was before.
"""

import asyncio
import contextvars
import decimal
import locale
import logging
import os
import signal
import socket
import sys
import threading
import warnings
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.utils import timezone, translation

from jobs_api.execution import surroundings
from jobs_api.execution.apart import _event_loop
from jobs_api.execution.connections import renewed_after_use
from jobs_api.execution.perform import perform
from tests.conftest import NOON

from .attempts import begun, elsewhere, performed

pytestmark = pytest.mark.django_db(transaction=True)
on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL")
COLOUR = contextvars.ContextVar("colour", default="white")


def trace(frame, event, arg):
    """As a debugger sets it."""


def set_a_closed_event_loop():
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.close()


def insist_on_no_rounding():
    decimal.getcontext().prec = 3
    decimal.getcontext().traps[decimal.Inexact] = True


OF_ITS_THREAD = {
    "language": (lambda: translation.activate("de"), translation.get_language),
    "time zone": (lambda: timezone.activate("Asia/Tokyo"), timezone.get_current_timezone_name),
    "context variable": (lambda: COLOUR.set("red"), COLOUR.get),
    "decimals": (insist_on_no_rounding, lambda: (decimal.getcontext().prec, str(decimal.getcontext().traps))),
    "trace function": (lambda: sys.settrace(trace), sys.gettrace),
    "profile function": (lambda: sys.setprofile(trace), sys.getprofile),
    "event loop": (set_a_closed_event_loop, _event_loop),
    "debug cursor": (
        lambda: setattr(connection, "force_debug_cursor", True),
        lambda: connection.force_debug_cursor,
    ),
    "statement wrappers": (
        lambda: connection.execute_wrappers.append(trace),
        lambda: [wrapper for wrapper in connection.execute_wrappers if wrapper is trace],
    ),
    "tenant": (lambda: setattr(connection, "tenant", "acme"), lambda: getattr(connection, "tenant", None)),
}


def change_the_root_logger():
    logging.basicConfig(level=logging.DEBUG, force=True)


OF_ITS_PROCESS = {
    "working directory": (lambda: os.chdir("/"), os.getcwd),
    "socket timeout": (lambda: socket.setdefaulttimeout(7), socket.getdefaulttimeout),
    "logging.disable": (lambda: logging.disable(logging.CRITICAL), lambda: logging.root.manager.disable),
    "root logger": (change_the_root_logger, lambda: (logging.root.level, logging.root.handlers[:])),
    "warnings": (lambda: warnings.simplefilter("error"), lambda: warnings.filters[:]),
    "locale": (lambda: locale.setlocale(locale.LC_ALL, "C.UTF-8"), lambda: locale.setlocale(locale.LC_ALL)),
    "recursion": (lambda: sys.setrecursionlimit(5000), sys.getrecursionlimit),
    "signal handler": (
        lambda: signal.signal(signal.SIGUSR1, trace),
        lambda: signal.getsignal(signal.SIGUSR1),
    ),
    "alarm": (lambda: signal.alarm(60), lambda: signal.getitimer(signal.ITIMER_REAL)),
}


@pytest.fixture(autouse=True)
def told():
    """Each test hears the warning anew."""
    surroundings._told.clear()


@pytest.fixture
def with_set_tenant(monkeypatch):
    """A connection as django-tenants has it."""
    monkeypatch.setattr(connection, "tenant", None, raising=False)
    monkeypatch.setattr(
        connection,
        "set_tenant",
        lambda tenant, include_public: setattr(connection, "tenant", tenant),
        raising=False,
    )


@pytest.mark.parametrize("end", [lambda: None, lambda: 1 / 0])
@pytest.mark.parametrize("part", [*OF_ITS_THREAD, *OF_ITS_PROCESS])
def test_the_next_run_and_the_next_request_find_it_as_it_was(declare, toy, with_set_tenant, part, end):
    change, read = (OF_ITS_THREAD | OF_ITS_PROCESS)[part]
    before, inside = read(), []

    def behave(command, **options):
        if inside:
            inside.append(read())
            return
        change()
        inside.append(read())
        end()

    toy(behave)
    job = declare(retry_backoff=0)
    performed(job)
    after = read()
    performed(job, NOON + timedelta(days=1))

    assert inside[0] != before
    assert (after, inside[1]) == (before, before)


def test_a_command_has_the_projects_language_and_zone_whatever_its_caller_has(declare, toy, settings):
    """A job must not depend on the Accept-Language of a cron service, nor on the executor."""
    seen = []
    toy(
        lambda command, **options: seen.append(
            (translation.get_language(), timezone.get_current_timezone_name())
        )
    )
    job = declare()
    with translation.override("de"), timezone.override("Asia/Tokyo"):
        performed(job)
        assert translation.get_language() == "de"
    assert seen == [(settings.LANGUAGE_CODE, "UTC")]


def test_a_command_begins_with_the_decimals_of_its_server(declare, toy):
    """They may be set in settings.py, for wages."""
    seen = []
    toy(lambda command, **options: seen.append(decimal.getcontext().prec))
    with decimal.localcontext() as context:
        context.prec = 50
        performed(declare())
    assert seen == [50]


# -- what belongs to the process, while several runs are at work ---------------------------------


@pytest.fixture
def two_runs(declare, toy):
    """Runs of the jobs `one` and `other` that overlap: each does its part when the other has done its own."""

    def run(one, other):
        turns = {name: threading.Event() for name in ("begun", "changed", "ended")}

        def behave(command, **options):
            if options["say"] == "one":
                assert turns["begun"].wait(10)
                one()
            else:
                turns["begun"].set()
                assert turns["ended"].wait(10)
                other()

        toy(behave)
        jobs = [declare(name, options={"say": name}) for name in ("one", "other")]
        threads = [
            threading.Thread(target=elsewhere, args=[lambda job=job: perform(job, begun(job))])
            for job in jobs
        ]
        for thread in threads:
            thread.start()
        threads[0].join(20)
        turns["ended"].set()
        threads[1].join(20)

    return run


def test_it_is_put_back_when_the_last_of_several_runs_has_ended(two_runs, caplog):
    before, seen = os.getcwd(), []

    two_runs(lambda: os.chdir("/"), lambda: seen.append(os.getcwd()))

    assert (seen, os.getcwd()) == (["/"], before)  # in between, the other might need it
    assert [record.getMessage() for record in caplog.records if record.name == surroundings.logger.name] == [
        "The commands of one, other have changed the working directory of their server. It was put back."
    ]


def test_the_log_says_once_which_job_leaves_what_behind(declare, toy, caplog):
    def behave(command, **options):
        os.chdir("/")
        logging.disable(logging.CRITICAL)

    toy(behave)
    job = declare()
    for day in range(3):
        performed(job, NOON + timedelta(days=day))
    said = [record.getMessage() for record in caplog.records if record.name == surroundings.logger.name]
    [line] = said
    assert line.startswith("The commands of nightly have changed the working directory, logging.disable of")


def test_filters_that_another_thread_has_for_a_moment_do_not_come_back(declare, toy):
    """A run that begins in that moment finds them, and not the process's own."""
    before = warnings.filters[:]
    caught = warnings.catch_warnings()
    caught.__enter__()
    warnings.simplefilter("ignore")
    toy(lambda command, **options: caught.__exit__(None, None, None))
    performed(declare())
    assert warnings.filters == before


def test_a_working_directory_that_is_gone_costs_no_run(declare, toy, tmp_path, monkeypatch, caplog):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gone").mkdir()
    os.chdir(tmp_path / "gone")

    def behave(command, **options):
        os.chdir("/")
        (tmp_path / "gone").rmdir()

    toy(behave)
    assert performed(declare()).state == "succeeded"
    assert "the working directory could not be put back" in caplog.text


# -- the database session -----------------------------------------------------------------------

SESSION = {
    "SET search_path TO tenant": "SELECT current_setting('search_path')",
    "SET TIME ZONE 'Asia/Tokyo'": "SELECT current_setting('TimeZone')",
    "SET statement_timeout = '7s'": "SELECT current_setting('statement_timeout')",
    "SET default_transaction_read_only = on": "SELECT current_setting('default_transaction_read_only')",
    "SELECT pg_advisory_lock(5)": "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 5",
    "CREATE TEMPORARY TABLE left_over (id int)": "SELECT to_regclass('pg_temp.left_over')",
    "LISTEN channel": "SELECT count(*) FROM pg_listening_channels()",
}


def asked(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone() if cursor.description else None


@on_postgresql
def test_nothing_of_a_database_session_stays(declare, toy):
    before = {change: asked(read) for change, read in SESSION.items()}
    toy(lambda command, **options: [asked(change) for change in SESSION])
    performed(declare())
    assert {change: asked(read) for change, read in SESSION.items()} == before


def below():
    """The driver's own connection, as code takes it that needs more than Django offers."""
    connection.ensure_connection()
    return connection.connection


def called():
    with connection.cursor() as cursor:
        cursor.callproc("set_config", ["application_name", "theirs", "false"])


def copied():
    with connection.cursor() as cursor, cursor.copy(f"COPY ({SET}) TO STDOUT") as lines:
        list(lines)


def connected_again():
    connection.close()
    below().execute(SET)


SET = "SELECT set_config('application_name', 'theirs', false)"
PAST_DJANGO = {
    "the driver's connection": lambda: below().execute(SET),
    "the driver's cursor": lambda: below().cursor().execute(SET),
    "a cursor of the server": lambda: below().cursor("named", withhold=True).execute(SET).fetchall(),
    "a procedure": called,
    "a copy": copied,
    "a new connection": connected_again,
}


@on_postgresql
@pytest.mark.parametrize("change", PAST_DJANGO.values(), ids=PAST_DJANGO)
def test_nothing_stays_of_what_was_set_past_django(declare, toy, change):
    """With a role or a search path, the next request would see the tables of another tenant."""
    before = asked("SELECT current_setting('application_name')")
    toy(lambda command, **options: change())
    assert performed(declare()).state == "succeeded"
    assert asked("SELECT current_setting('application_name')") == before


@on_postgresql
def test_a_connection_that_a_pool_hands_from_run_to_run_makes_its_own_cursors_again():
    """The first command has closed it, the second gets it; then the first run ends, and the second."""
    make, runs = below().cursor_factory, [renewed_after_use() for _ in range(2)]
    for run in runs:
        run.__enter__()
    assert below().cursor_factory is not make
    for run in runs:
        run.__exit__(None, None, None)
    assert below().cursor_factory is make


def test_nothing_stays_of_a_script(declare, toy):
    if connection.vendor != "sqlite":
        pytest.skip("of SQLite")
    toy(lambda command, **options: connection.cursor().executescript("PRAGMA foreign_keys = OFF"))
    performed(declare())
    assert asked("PRAGMA foreign_keys") == (1,)


def test_a_cursor_that_the_host_makes_itself_is_its_own_again(declare, toy, monkeypatch):
    make, made = connection.create_cursor, []

    def ours(name=None):
        made.append(name)
        return make(name)

    monkeypatch.setattr(connections["default"], "create_cursor", ours)
    toy(lambda command, **options: asked("SELECT 1"))
    performed(declare())
    assert made
    assert connection.create_cursor is ours


@on_postgresql
def test_a_search_path_that_django_tenants_remembers_is_set_again(declare, toy, monkeypatch):
    """With TENANT_LIMIT_SET_CALLS it trusts in the one that it has set, which is gone with the session."""
    monkeypatch.setattr(connection, "search_path_set_schemas", ["acme"], raising=False)
    toy(lambda command, **options: asked("SELECT 1"))
    performed(declare())
    assert connection.search_path_set_schemas is None

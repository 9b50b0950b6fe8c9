"""Commands that leave something behind: for the next request in their thread, or for their server.

Pains 18 and 23: what is answered was written, and the connection works after it.
"""

import pytest
from django.db import connection
from django.db.backends.signals import connection_created

from jobs_api.exceptions import RunStopped
from jobs_api.execution.perform import perform
from jobs_api.models import JobRun

from .attempts import begun, elsewhere, performed, raising

pytestmark = pytest.mark.django_db(transaction=True)
on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL")


def stored(run):
    """What another connection sees of it."""
    return elsewhere(lambda: JobRun.objects.values_list("state", "reason").get(pk=run.pk))


def leave_the_driver_without_autocommit(command, **options):
    connection.ensure_connection()
    if connection.vendor == "sqlite":
        connection.connection.isolation_level = "DEFERRED"
    else:
        connection.connection.autocommit = False


def test_a_result_is_committed_although_the_driver_would_begin_a_transaction(declare, toy):
    toy(leave_the_driver_without_autocommit)
    assert stored(performed(declare())) == ("succeeded", "")


@on_postgresql
@pytest.mark.parametrize("statement", ["SET search_path TO tenant", "SET ROLE pg_monitor"])
def test_what_a_command_sets_for_its_session_ends_with_the_run(declare, toy, statement):
    toy(lambda command, **options: connection.cursor().execute(statement))
    assert stored(performed(declare())) == ("succeeded", "")
    assert JobRun.objects.count() == 1  # through the connection that the next request gets


@on_postgresql
def test_a_session_that_was_reset_is_set_up_like_a_new_one(declare, toy):
    """What a host does for each connection, such as setting a timeout, holds after a run, too."""

    def set_up(connection, **_):
        connection.cursor().execute("SET statement_timeout = '57s'")

    connection.ensure_connection()
    before = connection.connection
    connection_created.connect(set_up)
    try:
        toy(lambda command, **options: connection.cursor().execute("SET statement_timeout = 0"))
        performed(declare())
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('statement_timeout'), current_setting('TimeZone')")
            assert cursor.fetchone() == ("57s", "UTC")
    finally:
        connection_created.disconnect(set_up)
    assert connection.connection is before


def test_a_connection_that_the_command_has_not_used_is_kept(declare, toy):
    toy(lambda command, **options: None)
    connection.ensure_connection()
    before = connection.connection
    performed(declare())
    assert connection.connection is before


class Unspeakable(Exception):
    def __str__(self):
        raise SystemExit(3)


def broken_syntax_error():
    error = SyntaxError("x")
    error.filename, error.lineno, error.text, error.offset = "f", 1, "z", "a"
    return error


@pytest.mark.parametrize("error", [Unspeakable(), broken_syntax_error(), RunStopped("a\x00b")])
def test_an_exception_that_cannot_be_shown_is_a_failure_like_any_other(declare, toy, error):
    toy(raising(error))
    state, reason = stored(performed(declare()))
    assert (state, bool(reason)) == ("failed", True)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(3)])
def test_only_the_main_thread_is_told_to_stop_elsewhere_it_is_the_commands_own_and_costs_a_try(
    declare, toy, error
):
    """Let through, it would end a worker with all its runs, cost no try, and do so again at each run-due."""
    toy(raising(error))
    job = declare()

    def in_a_worker_thread():
        lease = begun(job)
        return perform(job, lease).reason

    assert elsewhere(in_a_worker_thread) in ("error", "exit")
    assert JobRun.objects.get().tries == 1

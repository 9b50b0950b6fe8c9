"""Connections of Django's pool: what a command has left in one is met by nobody.

Pain 23: the next request, of another job or of the host's own pages, works in the search path of a tenant.
"""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import DatabaseError, OperationalError, connection, connections, transaction

from jobs_api.database.bounds import bounded
from jobs_api.database.connecting import throw_away
from jobs_api.models import JobRun
from tests.jobs_api.execution.attempts import elsewhere

from .hanging import locked

pytest.importorskip("psycopg_pool")
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL"),
]
SETTINGS = "SELECT current_setting('search_path'), current_setting('role'), current_setting('TimeZone')"


@pytest.fixture(params=[1, 2])
def pool(request, transactional_db):
    """A pool of so many connections, for this test alone."""
    connection.close()
    before = dict(connection.settings_dict)
    options = {"min_size": request.param, "max_size": request.param, "timeout": 30}
    options = {**before["OPTIONS"], "pool": options}
    connection.settings_dict.update(CONN_MAX_AGE=0, OPTIONS=options)
    yield request.param
    connection.close()
    connection.close_pool()
    connection.settings_dict.update(before)
    forget_zone()


def forget_zone():
    """Read from the settings anew what this thread's connection has kept of them."""
    for name in ("timezone", "timezone_name"):
        vars(connections["default"]).pop(name, None)


def execute(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)


def search_path():
    execute("SET search_path TO tenant")


def role():
    execute("SET ROLE pg_monitor")


def open_transaction():
    transaction.atomic().__enter__()
    search_path()


def open_by_hand():
    execute("BEGIN")
    search_path()


def aborted():
    open_transaction()
    with pytest.raises(DatabaseError):
        execute("SELECT * FROM no_such_table")


def without_autocommit():
    transaction.set_autocommit(False)
    search_path()


def terminated():
    search_path()
    with pytest.raises(OperationalError):
        execute("SELECT pg_terminate_backend(pg_backend_pid())")


LEFT = [search_path, role, open_transaction, open_by_hand, aborted, without_autocommit, terminated]


def settings_of_all(number):
    """What each connection of the pool has set, asked at once."""
    together = threading.Barrier(number)

    def ask():
        with connection.cursor() as cursor:
            together.wait(20)
            cursor.execute(SETTINGS)
            found = cursor.fetchone()
            together.wait(20)
        connection.close()
        return found

    connection.close()
    with ThreadPoolExecutor(number) as threads:
        return {future.result() for future in [threads.submit(ask) for _ in range(number)]}


@pytest.mark.parametrize("leave", LEFT)
def test_what_a_command_leaves_in_a_connection_is_met_by_nobody(declare, toy, api, pool, leave):
    before = settings_of_all(pool)
    toy(lambda command, **options: leave())
    declare()
    assert api("POST", "/api/jobs/nightly/run").json()["outcome"] == "succeeded"
    connection.close()
    assert settings_of_all(pool) == before
    assert elsewhere(JobRun.objects.get).state == "succeeded"


def test_a_connection_that_was_reset_is_set_up_as_the_pool_sets_it_up(declare, toy, api, pool):
    """Django does so once, when the pool makes it."""
    connection.settings_dict["TIME_ZONE"] = "Europe/Berlin"
    forget_zone()
    before = settings_of_all(pool)
    toy(lambda command, **options: JobRun.objects.count())
    declare()
    api("POST", "/api/jobs/nightly/run")
    connection.close()
    assert settings_of_all(pool) == before
    assert {found[2] for found in before} == {"Europe/Berlin"}


def test_a_pool_that_is_used_up_is_waited_for_no_longer_than_a_database(api, declare, pool, impatient):
    declare()
    taken, enough = threading.Barrier(pool + 1), threading.Event()

    def hold():
        connection.ensure_connection()
        taken.wait(20)
        enough.wait(20)
        connection.close()

    connection.close()
    with ThreadPoolExecutor(pool) as threads:
        for _ in range(pool):
            threads.submit(hold)
        taken.wait(20)
        impatient()
        assert api("POST", "/api/jobs/nightly/run").status_code == 503
        enough.set()
    impatient(10)
    assert api("POST", "/api/jobs/nightly/run").status_code == 200


def test_a_connection_that_answered_too_late_does_not_come_back(declare, pool, impatient):
    impatient()
    connection.ensure_connection()
    driver = connection.connection
    with locked(), pytest.raises(OperationalError), bounded():
        JobRun.objects.count()
    assert (connection.connection, driver.closed) == (None, True)
    impatient(10)
    with bounded():
        assert JobRun.objects.count() == 0
    throw_away(connection)
    assert len(settings_of_all(pool)) == 1

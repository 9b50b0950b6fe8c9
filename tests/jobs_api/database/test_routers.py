"""Everything is read from the database that is written: a replica that lags would tell of yesterday.

A run that was just claimed is not there yet.
"""

import pytest
from django.db import ProgrammingError

from jobs_api import database
from jobs_api.database import not_migrated
from jobs_api.database.problems import problem_of
from jobs_api.models import JobAttempt, State
from jobs_api.runs import lookup, readers
from tests.conftest import NOON, stored_run
from tests.jobs_api.api.endpoints import ENDPOINTS, bearer, newest_run
from tests.jobs_api.management.calling import manage
from tests.jobs_api.management.test_common import KEYS, busy_host  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db(transaction=True)


class Replica:
    """Reads go elsewhere: here, nowhere."""

    def db_for_read(self, model, **hints):
        assert model._meta.app_label != "jobs_api", f"{model.__name__} was read from a replica."

    def db_for_write(self, model, **hints):
        return "default"


@pytest.fixture
def replica(settings):
    settings.DATABASE_ROUTERS = [f"{__name__}.Replica"]


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=str)
def test_no_endpoint_reads_from_a_replica(declare, toy, api, replica, endpoint):
    toy(lambda command, **options: None)
    attempt = 2 if endpoint.state == State.SUCCEEDED else 0
    run = newest_run(declare(), endpoint.state, attempt=attempt)
    JobAttempt.objects.using("default").create(run_id=run.pk, attempt=1, state="failed")
    answer = endpoint.call(api, run, headers=bearer("trigger", "read", "operate"))
    assert answer.status_code == endpoint.status


@pytest.mark.parametrize("arguments", [arguments for arguments, _ in KEYS.values()], ids=" ".join)
def test_no_command_reads_from_a_replica(busy_host, settings, arguments, tmp_path):  # noqa: F811
    settings.DATABASE_ROUTERS = [f"{__name__}.Replica"]
    said = manage(*(busy_host.get(argument, argument) for argument in arguments))
    assert said.code in (0, 1), said.err
    assert "replica" not in said.err


def test_the_archive_is_not_written_from_a_replica(declare, replica, tmp_path):
    run = stored_run(declare(), NOON.replace(year=2020))
    JobAttempt.objects.using("default").create(run_id=run.pk, attempt=1, state="failed")
    assert manage("jobs_prune", "--archive", str(tmp_path)).code == 0


def test_a_field_that_was_not_read_at_first_comes_from_where_the_others_came_from(declare, replica):
    job = declare()
    stored_run(job, NOON, options={"days": 7})
    run = lookup.find(job.name, NOON).run
    assert (run.options, run.created_at) == ({"days": 7}, NOON)
    run.refresh_from_db()
    assert not database.superseded(run)
    assert readers.newest_of_each([job.name], None) == {}


class OwnDatabase:
    """jobs_api has one of its own."""

    def db_for_write(self, model, **hints):
        return "jobs"


def test_the_remedy_for_missing_tables_names_the_database_that_a_router_chose(settings):
    """`migrate` alone would say that there is nothing to do."""
    lacking = ProgrammingError()
    lacking.__cause__ = type("DriverError", (Exception,), {"sqlstate": "42P01"})()
    assert "`manage.py migrate`" in problem_of(lacking).detail
    settings.DATABASE_ROUTERS = [f"{__name__}.OwnDatabase"]
    assert "`manage.py migrate --database jobs`" in not_migrated()

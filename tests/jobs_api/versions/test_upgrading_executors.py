"""The column `executor` is widened under the feet of a version that knows it as a short one."""

import pytest
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from jobs_api.database.migrating import AddColumn, WidenText
from jobs_api.models import JobRun
from tests.conftest import NOON

from . import release

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE = ("jobs_api", "0003_declarations_and_hosts")
TABLES = ("jobs_api_jobrun", "jobs_api_jobattempt")
PATH = "acme.jobs." + "N" * 190


def on_disk():
    """Where PostgreSQL keeps the tables: another place once one was rewritten."""
    if connection.vendor == "sqlite":
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_relation_filenode(%s), pg_relation_filenode(%s)", TABLES)
        return cursor.fetchone()


@pytest.fixture
def before():
    """The tables as 0.1.0 made them, with its rows."""
    release.migrate(BEFORE)
    try:
        if connection.vendor == "postgresql":  # to go back leaves the columns wide
            with connection.cursor() as cursor:
                for table in TABLES:
                    cursor.execute(f"ALTER TABLE {table} ALTER COLUMN executor TYPE varchar(50)")
        release.store_all()
        yield
    finally:
        release.migrate()


def test_no_table_is_rewritten_there_or_back(before):
    was, rows = on_disk(), [release.read(table) for table in TABLES]

    with CaptureQueriesContext(connection) as there:
        release.migrate()
    assert (on_disk(), [release.read(table) for table in TABLES]) == (was, rows)
    with CaptureQueriesContext(connection) as back:
        release.migrate(BEFORE)
    assert on_disk() == was

    changes = [
        query["sql"] for query in (*there, *back) if "executor" in query["sql"] and "TABLE" in query["sql"]
    ]
    widens = [
        f'ALTER TABLE "{table}" ALTER COLUMN "executor" TYPE varchar(200)' for table in reversed(TABLES)
    ]
    assert changes == (widens if connection.vendor == "postgresql" else [])


def test_a_long_path_is_stored_and_stays_when_the_migration_is_taken_back(before):
    release.migrate()
    JobRun.objects.update(executor=PATH)
    release.migrate(BEFORE)
    assert set(JobRun.objects.values_list("executor", flat=True)) == {PATH}


def test_the_old_version_finds_and_moves_a_run_with_a_long_path(transactional_db):
    now = timezone.now()
    JobRun.objects.create(job_name="nightly", run_date=NOON, state="failed", created_at=now, executor=PATH)
    _, [found] = release.says(release.FIND, "nightly", "nightly", NOON)
    assert found[5] == "failed"
    copied = """
        INSERT INTO jobs_api_jobattempt (run_id, attempt, state, reason, error, executor, holder, "trigger",
            source, actor, comment, note, output_head, output_tail, output_size)
        SELECT id, 1, state, reason, error, executor, holder, "trigger", source, actor, comment, note,
            output_head, output_tail, output_size FROM jobs_api_jobrun
    """
    assert release.says(copied)[0] == 1


OTHER = {
    "narrower": models.CharField(blank=True, default="", max_length=10),
    "another kind": models.TextField(blank=True, default=""),
    "with an index": models.CharField(blank=True, default="", max_length=300, db_index=True),
    "may be empty": models.CharField(blank=True, default="", max_length=300, null=True),
}


@pytest.mark.parametrize("field", OTHER.values(), ids=OTHER)
def test_what_would_change_more_than_the_limit_is_refused(field, transactional_db):
    state = MigrationLoader(None).project_state()
    operation = WidenText("jobrun", "executor", field)
    after = state.clone()
    operation.state_forwards("jobs_api", after)
    with connection.schema_editor() as editor, pytest.raises(ValueError, match="only raises the max_length"):
        operation.database_forwards("jobs_api", editor, state, after)
    assert isinstance(operation, migrations.AlterField)


@pytest.mark.parametrize("default", [{}, {"db_default": Now()}], ids=["none", "computed"])
def test_a_column_is_only_added_with_a_constant_default(default, transactional_db):
    state = MigrationLoader(None).project_state()
    operation = AddColumn("jobrun", "more", models.CharField(max_length=10, **default))
    after = state.clone()
    operation.state_forwards("jobs_api", after)
    with connection.schema_editor() as editor, pytest.raises(ValueError, match="with a constant"):
        operation.database_forwards("jobs_api", editor, state, after)

"""Each migration after the first keeps the version before it at work, and locks no large table for long."""

import pytest
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.models import F, Q
from django.db.models.functions import Now

from jobs_api.database.migrating import BoundLocks, WidenText

from .locks import faults

LARGE = {"jobrun"}
LOADER = MigrationLoader(None)
OURS = sorted(name for app, name in LOADER.disk_migrations if app == "jobs_api")


def add(field):
    return migrations.AddField("jobrun", "new", field)


class AddIndexConcurrently(migrations.AddIndex):
    """As django.contrib.postgres has it, which needs a driver."""


INDEX = models.Index(fields=["state"], name="new")
POSITIVE = models.CheckConstraint(condition=Q(tries__gte=0), name="new")
BAD = {
    "no default for old code": add(models.IntegerField(default=0)),
    "a computed default": add(models.DateTimeField(db_default=Now())),
    "a default written into every row": add(models.IntegerField(null=True, default=0)),
    "an index with the column": add(models.IntegerField(null=True, db_index=True)),
    "a unique column": add(models.IntegerField(null=True, unique=True)),
    "a foreign key": add(models.ForeignKey("jobs_api.Token", models.CASCADE, null=True)),
    "a generated column": add(
        models.GeneratedField(expression=F("tries"), output_field=models.IntegerField(), db_persist=True)
    ),
    "another type": migrations.AlterField("jobrun", "tries", models.BigIntegerField()),
    "a wider column, as Django makes it": migrations.AlterField(
        "jobrun", "executor", models.CharField(max_length=250)
    ),
    "a column gone": migrations.RemoveField("jobrun", "tries"),
    "a column renamed": migrations.RenameField("jobrun", "tries", "used"),
    "a table gone": migrations.DeleteModel("JobRun"),
    "an index": migrations.AddIndex("jobrun", INDEX),
    "a concurrent index in a transaction": AddIndexConcurrently("jobrun", INDEX),
    "a constraint that is checked at once": migrations.AddConstraint("jobrun", POSITIVE),
    "a foreign key of a new table": migrations.CreateModel(
        "Note", [("run", models.ForeignKey("jobs_api.JobRun", models.CASCADE))]
    ),
    "code that nobody looked at": migrations.RunPython(lambda apps, editor: None),
    "SQL that nobody looked at": migrations.RunSQL("UPDATE jobs_api_jobrun SET tries = 0"),
}
GOOD = {
    "a column that may be empty": add(models.IntegerField(null=True)),
    "a column with a default of the database": add(models.IntegerField(db_default=0, default=0)),
    "a wider column": WidenText("jobrun", "executor", models.CharField(max_length=250)),
    "a new table": migrations.CreateModel("Note", [("text", models.TextField())]),
}


def migration(*operations, atomic=True):
    made = migrations.Migration("9999_new", "jobs_api")
    made.operations, made.atomic = list(operations), atomic
    return made


@pytest.mark.parametrize("operation", BAD.values(), ids=BAD)
def test_it_finds(operation):
    assert faults(migration(BoundLocks(), operation), LARGE)


@pytest.mark.parametrize("operation", GOOD.values(), ids=GOOD)
def test_it_lets_pass(operation):
    assert faults(migration(BoundLocks(), operation), LARGE) == []


def test_it_lets_an_index_pass_that_is_made_beside_the_writes():
    assert faults(migration(AddIndexConcurrently("jobrun", INDEX), atomic=False), LARGE) == []


def test_it_finds_a_lock_that_is_waited_for_without_end():
    [fault] = faults(migration(GOOD["a column that may be empty"]), LARGE)
    assert "BoundLocks" in fault


@pytest.mark.parametrize("name", OURS[1:])
def test_each_migration_can_run_while_the_version_before_serves(name):
    found = LOADER.disk_migrations["jobs_api", name]
    [before] = [key for key in found.dependencies if key[0] == "jobs_api"]
    state = LOADER.project_state(before)
    existing = {model for app, model in state.models if app == "jobs_api"}
    assert "jobrun" in existing
    assert faults(found, existing) == []


def test_the_first_migration_is_the_one_that_was_released():
    assert OURS[0] == "0001_initial"
    assert len(OURS) > 1

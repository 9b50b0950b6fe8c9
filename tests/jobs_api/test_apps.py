"""What migrating tells the database of the jobs."""

import os
import sqlite3
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import OperationalError, connection

from jobs_api.apps import _know_the_jobs
from jobs_api.runs import job_state


@pytest.fixture
def migrate(tmp_path):
    """``migrate("crm")`` in a process of its own, on a new SQLite file; returns the jobs known then."""
    path = tmp_path / "new.sqlite3"
    environment = os.environ | {
        "DATABASE_URL": f"sqlite:///{path}",
        "DJANGO_SETTINGS_MODULE": "settings.development",
    }

    def migrate(*labels):
        command = [sys.executable, "manage.py", "migrate", *labels, "--verbosity=0"]
        done = subprocess.run(
            command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
        return known(path)

    return migrate


def known(path):
    with sqlite3.connect(path) as database:
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
        if "jobs_api_jobdeclaration" not in tables:
            return None
        return {name for (name,) in database.execute("SELECT job_name FROM jobs_api_jobdeclaration")}


def test_jobs_are_known_once_the_database_is_migrated_and_another_app_may_be_first(migrate):
    assert migrate("crm") is None
    assert "log_heartbeat" in migrate()


@pytest.mark.django_db(transaction=True)
def test_a_router_that_keeps_our_tables_away_does_not_stop_a_migration():
    """Django notes migrations as applied, also those that a router does not allow."""
    with connection.schema_editor() as editor:
        editor.execute("ALTER TABLE jobs_api_jobdeclaration RENAME TO kept_away")
    try:
        _know_the_jobs("default", plan=[])
    finally:
        with connection.schema_editor() as editor:
            editor.execute("ALTER TABLE kept_away RENAME TO jobs_api_jobdeclaration")


@pytest.mark.django_db
def test_another_error_of_the_database_is_not_hidden(monkeypatch):
    def fail(**_):
        raise OperationalError("disk I/O error")

    monkeypatch.setattr(job_state, "know_all", fail)
    with pytest.raises(OperationalError, match="disk"):
        _know_the_jobs("default", plan=[])

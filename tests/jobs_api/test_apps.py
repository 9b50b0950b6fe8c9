"""What migrating tells the database of the jobs."""

import os
import sqlite3
import subprocess
import sys

import pytest
from django.conf import settings


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

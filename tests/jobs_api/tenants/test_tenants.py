"""With django-tenants, each run begins and ends in the public schema, whatever tenant its command leaves.

Its database engine is chosen for a whole process, so the scenario has a process and a database of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.conf import settings
from django.db import connection

pytestmark = [
    pytest.mark.each_database,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="schemas are PostgreSQL's"),
]


@contextmanager
def empty_database() -> Iterator[str]:
    """Its address."""
    pytest.importorskip("django_tenants")
    server, name = os.environ["DATABASE_URL"], f"tenants_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        try:
            yield urlsplit(server)._replace(path=f"/{name}").geturl()
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def scenario(url: str, *jobs: str, where: str = "shared") -> dict[str, Any]:
    """Migrate, make a tenant, and trigger these jobs at both domains; what came of it."""
    ours = {
        "DJANGO_SETTINGS_MODULE": "tests.jobs_api.tenants.settings",
        "DATABASE_URL": url,
        "TENANTS_HAVE": where,
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.jobs_api.tenants.scenario", *jobs],
        env=os.environ | ours,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


SUCCEEDING = ("inside", "left-behind", "left-behind-alone", "by-hand", "renewed", "child")


@pytest.mark.parametrize("where", ["shared", "shared+limited"])
def test_a_run_ends_in_the_public_schema_whatever_tenant_its_command_leaves(where):
    with empty_database() as url:
        found = scenario(url, *SUCCEEDING, "failing", where=where)
    for name in SUCCEEDING:
        public, acme = found["answers"][name]
        assert (public["status"], public["outcome"]) == (200, "succeeded"), name
        assert (acme["outcome"], acme["attempt"]) == ("already_succeeded", 1), name
        assert acme["output"] == public["output"] == [f"filled {name.replace('-', ' ')}"]
    assert [(each["outcome"], each["attempt"]) for each in found["answers"]["failing"]] == [
        ("failed", 1),
        ("failed", 2),
    ]
    runs = len(SUCCEEDING) + 1
    assert found["rows"] == {"public.jobs_api_jobrun": runs, "acme.shop_item": runs + 1}


def test_in_the_tenants_alone_it_is_an_error_and_does_not_stop_the_migration():
    """The public schema has no tables of ours, though Django notes that they were made."""
    with empty_database() as url:
        found = scenario(url, where="tenant")
    assert found["before"] == ["jobs_api.E038", "jobs_api.I021"]
    assert found["after"] == ["jobs_api.E038"]

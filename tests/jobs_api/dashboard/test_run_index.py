"""The list of what did not go well, of all jobs: it reads the small index, in its order."""

from __future__ import annotations

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from jobs_api.dashboard.lists import run_search
from jobs_api.dashboard.lists.run_filter import RunFilter
from jobs_api.models import JobRun
from tests.conftest import NOON, stored_run
from tests.jobs_api.dashboard.test_runs import VIEWER

pytestmark = pytest.mark.django_db
EXPLAIN = {"sqlite": "EXPLAIN QUERY PLAN ", "postgresql": "EXPLAIN "}


@pytest.mark.parametrize("state", ["failed", "skipped", "cancelled"])
def test_what_did_not_go_well_is_found_along_its_own_index(declare, state):
    job = declare()
    run = stored_run(job, NOON, state=state)
    with CaptureQueriesContext(connection) as sent:
        found = run_search.search(RunFilter.of(QueryDict(f"state={state}"), VIEWER))
    assert found.pks == [run.pk]
    wanted = [each["sql"] for each in sent if "ORDER BY" in each["sql"] and "LIMIT 51" in each["sql"]]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(EXPLAIN[connection.vendor] + wanted[0].replace("%", "%%"))
        plan = "\n".join(str(line) for line in cursor.fetchall())
    assert "jobs_api_not_well" in plan


def test_the_index_holds_nothing_of_a_run_that_goes_well():
    (index,) = [each for each in JobRun._meta.indexes if each.name == "jobs_api_not_well"]
    assert "succeeded" in str(index.condition)
    assert "lease_expires_at" in str(index.condition)  # held runs have one: see the constraints

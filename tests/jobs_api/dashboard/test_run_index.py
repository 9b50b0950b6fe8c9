"""The list of what did not go well, of all jobs: it reads the small index, in its order."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from jobs_api.dashboard.lists import run_search, run_window
from jobs_api.dashboard.lists.run_filter import RunFilter
from jobs_api.models import JobRun
from tests.conftest import NOON, stored_run
from tests.jobs_api.dashboard.test_runs import VIEWER

pytestmark = pytest.mark.django_db
EXPLAIN = {"sqlite": "EXPLAIN QUERY PLAN ", "postgresql": "EXPLAIN "}


@pytest.mark.parametrize("state", ["failed", "lost", "skipped", "cancelled"])
def test_what_did_not_go_well_is_found_along_its_own_index(declare, state):
    job = declare()
    about = {"state": "failed", "reason": "lost"} if state == "lost" else {"state": state}
    run = stored_run(job, NOON, **about)
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


def searched(most, monkeypatch):
    monkeypatch.setattr(run_window, "CLOSE", 3)
    with CaptureQueriesContext(connection) as sent:
        found = run_search.search(RunFilter.of(QueryDict("state=failed"), VIEWER), most=most)
    return found, len(sent)


def test_where_the_newest_fill_a_page_only_few_runs_are_looked_at(declare, monkeypatch):
    job = declare()
    runs = [stored_run(job, NOON - timedelta(hours=each), state="failed") for each in range(9)]
    found, statements = searched(1, monkeypatch)
    assert (found.pks, statements) == ([runs[0].pk], 2)
    assert found.next is not None


def test_a_rare_state_is_looked_for_among_more(declare, monkeypatch):
    job = declare()
    for each in range(8):
        stored_run(job, NOON - timedelta(hours=each), state="skipped")
    rare = stored_run(job, NOON - timedelta(hours=9), state="failed")
    found, statements = searched(50, monkeypatch)
    assert (found.pks, found.next, found.further) == ([rare.pk], None, None)
    assert statements == 4


def test_the_index_holds_nothing_of_a_run_that_goes_well():
    (index,) = [each for each in JobRun._meta.indexes if each.name == "jobs_api_not_well"]
    assert "succeeded" in str(index.condition)
    assert "lease_expires_at" in str(index.condition)  # held runs have one: see the constraints

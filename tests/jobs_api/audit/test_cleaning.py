"""A clean-up by hand is on record from its beginning; one that is a job has a run."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import OperationalError

from jobs_api.models import AuditEntry, JobRun
from jobs_api.monitoring import cleaning
from jobs_api.runs import job_state
from tests.conftest import stored_run
from tests.jobs_api.audit.entries import NOON, at, entry

pytestmark = pytest.mark.django_db

BEFORE = NOON - timedelta(days=500)


@pytest.fixture
def old_runs(declare):
    job = declare()
    job_state.know_all(at=NOON)
    return [stored_run(job, BEFORE - timedelta(days=number)) for number in range(1, 6)]


def results():
    return list(AuditEntry.objects.filter(action="prune").order_by("pk").values_list("subject", "result"))


def test_it_begins_and_ends(old_runs, tmp_path):
    cleaning.clean(BEFORE, batch=2, archive=tmp_path, reason="the disk is full")
    assert results() == [("runs", "begun"), ("runs", "deleted 5")]
    first = AuditEntry.objects.first()
    assert first.reason == "the disk is full"
    assert first.details == {"before": BEFORE.isoformat(), "archive": str(tmp_path)}
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_where_it_is_stopped_it_says_how_far_it_came(old_runs, error):
    def stop(done, total):
        if done >= 4:
            raise error

    with pytest.raises(error):
        cleaning.clean(BEFORE, batch=2, archive=None, each=stop)
    assert results() == [("runs", "begun"), ("runs", "stopped after 4")]
    assert JobRun.objects.count() == 1


def test_where_the_database_has_gone_its_error_is_the_one_that_is_told(old_runs, monkeypatch):
    def gone(*args, **options):
        monkeypatch.setattr(cleaning.audit, "record", fails)
        raise OperationalError("the server closed the connection")

    def fails(*args, **fields):
        raise OperationalError("it is still away")

    monkeypatch.setattr(cleaning.pruning, "prune", gone)
    with pytest.raises(OperationalError, match="the server closed"):
        cleaning.clean(BEFORE, batch=2, archive=None)
    assert results() == [("runs", "begun")]


def test_old_entries_go_with_it_also_where_it_is_a_job(declare, api):
    declare("prune_runs", command="jobs_prune", schedule=None)
    entry(at=at(days=4000), subject="old")
    entry(subject="new")
    assert api("POST", "/api/jobs/prune_runs/run").json()["outcome"] == "succeeded"
    assert results() == [("audit", "deleted 1")]
    told = AuditEntry.objects.get(action="prune")
    assert (told.origin, told.actor, told.address) == (
        "python",
        "job prune_runs",
        f"run {JobRun.objects.get().pk}",
    )
    assert AuditEntry.objects.filter(subject="new").exists()

"""A real server that takes a run for a request that hangs."""

from __future__ import annotations

import json
from http.client import HTTPException

import pytest

from jobs_api.models import JobRun, Reason
from tests.jobs_api.execution.draining.server import WORKERS, eventually, serve
from tests.toys.child.start import ledger

pytestmark = pytest.mark.django_db(transaction=True)

SHORT = (*WORKERS["sync"], "--preload", "--timeout", "2")


def outcome(server, job):
    """What the answer says; None where the worker was ended before it could give one."""
    try:
        return server.connection().ask("POST", f"/api/jobs/{job.name}/run")[2]["outcome"]
    except (HTTPException, OSError, json.JSONDecodeError):
        return None


def test_a_request_that_its_server_ends_each_time_is_started_as_often_as_it_has_tries(declare, tmp_path):
    """Pain 7: with a time limit below what the command takes it would be started for ever."""
    book = tmp_path / "ledger"
    options = {"ledger": str(book), "seconds": 12, "deaf": True}
    job = declare(schedule=None, max_attempts=3, retry_backoff=0, options=options)
    with serve(tmp_path, *SHORT, jobs=[job], grace=3, drain=2) as server:
        eventually(lambda: outcome(server, job) == "attempts_exhausted", seconds=60)
        assert eventually(lambda: outcome(server, job)) == "attempts_exhausted"

    assert ledger(book) == [(1, "start"), (2, "start"), (3, "start")]
    run = JobRun.objects.get()
    reasons = {run.reason, *run.superseded.values_list("reason", flat=True)}
    assert Reason.TIMEOUT in reasons
    assert reasons <= {Reason.TIMEOUT, Reason.LOST}, "a server in a hurry kills before it can be written"
    assert (run.tries, run.held_job) == (3, None)

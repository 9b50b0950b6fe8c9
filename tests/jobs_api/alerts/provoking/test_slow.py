"""A job that gets slow: its last runs took a second, and now one takes more than half a minute."""

from __future__ import annotations

from datetime import timedelta

import pytest

from jobs_api import Job, database
from tests.conftest import stored_run
from tests.jobs_api.alerts.provoking.conftest import once, only_long
from tests.jobs_api.alerts.provoking.shop import DAY
from tests.jobs_api.execution.draining.server import eventually
from tests.jobs_api.management.calling import manage
from tests.toys.child.start import ledger, start

pytestmark = [pytest.mark.django_db(transaction=True), once]

ON_DEMAND = {"command": "toy", "schedule": None, "overlap": "allow"}
LEASES = {"LEASE_SECONDS": 120, "RENEW_SECONDS": 30}


@pytest.fixture
def job(declare):
    """Ten of its runs took a second each."""
    declared = declare("report", **ON_DEMAND)
    newest = database.now() - 20 * DAY
    for day in range(10):
        stored_run(declared, newest + day * DAY)
    return declared


def slow_run(path, seconds):
    options = {"ledger": str(path), "seconds": seconds, "deaf": True}
    process = start("jobs_run", "report", jobs=[Job("report", **ON_DEMAND, options=options)], jobs_api=LEASES)
    eventually(lambda: ledger(path))
    return process


def test_a_run_that_takes_much_longer_than_usual_is_told_while_it_runs(job, ops, after, tmp_path):
    process = slow_run(tmp_path / "ledger", 600)
    after(seconds=20)
    assert ops.told() == []
    after(seconds=60)
    process.kill()
    process.communicate()
    assert ops.told() == [("opened", "slow", "report")]
    text = ops.taken[0].data["text"]
    assert "report is slower than usual." in text
    assert "runs for more than 31 s; usual is up to 1 s." in text
    assert "    manage.py jobs_show " in text
    slot = database.now() - timedelta(seconds=1)
    assert manage("jobs_run", "report", "--run-date", slot.isoformat()).code == 0
    after(minutes=4)  # the lease of the one that was killed is over
    assert ops.told()[1:] == [("recovered", "slow", "report")]
    assert "is as quick as usual again" in ops.taken[1].data["title"]


@only_long
def test_a_run_that_took_much_longer_than_usual_is_told_when_it_has_ended(job, ops, tmp_path):
    process = slow_run(tmp_path / "ledger", 32.5)
    assert process.wait(60) == 0, process.communicate()
    assert manage("jobs_alerts", "evaluate").code == 0
    assert ops.told() == [("opened", "slow", "report")]
    assert "took 33 s; usual is up to 1 s." in ops.taken[0].data["text"]

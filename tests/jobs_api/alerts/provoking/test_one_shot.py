"""Processes that end at once: a crontab without a web process, and the process of the subprocess executor."""

from __future__ import annotations

import pytest
from django.utils import timezone

from jobs_api import Job, database
from jobs_api.models import AlertMessage
from jobs_api.runs import job_state
from tests.jobs_api.alerts.provoking.conftest import LONG, once
from tests.jobs_api.alerts.provoking.receiver import BAD
from tests.jobs_api.alerts.provoking.shop import DAY, MINUTE
from tests.jobs_api.execution.draining.server import eventually, serve
from tests.jobs_api.outgoing.peers import ends
from tests.toys.child.start import start

REFUSE = ("hangs", "fails") if LONG else ("nonsense", "fails")
"""The process waits five seconds for one that hangs."""
pytestmark = [pytest.mark.django_db(transaction=True), once]


def due(**options):
    """A job that is due."""
    at = database.now()
    hourly = f"{(at - MINUTE).minute} * * * *"
    job = Job("hourly", command="toy", schedule=hourly, max_attempts=1, options=options)
    job_state.know(job, at=at - DAY)
    return job


def run_due(job, receiver, *channels):
    """A line of a crontab; returns its exit status and what cron would mail."""
    alerts = {"CHANNELS": receiver.channels(*channels)}
    process = start("jobs_run_due", "--source", "cron", jobs=[job], jobs_api={"ALERTS": alerts})
    said = process.communicate(timeout=60)
    return process.returncode, said


def test_a_crontab_without_a_web_process_tells_before_its_line_ends(receiver):
    """Pain 17: nothing ran for days and nobody saw, as no process was there to tell of it."""
    code, said = run_due(due(fail=True), receiver, "ops")
    assert code == 1, said
    assert receiver.told() == [("opened", "failed", "hourly")]
    assert AlertMessage.objects.get().sent_at <= timezone.now()


def test_channels_that_do_not_take_it_change_no_status_and_the_next_line_tells(receiver):
    """It waits for them a few seconds in total, and the other channel has it at once."""
    receiver.behaves = {each: BAD[each] for each in REFUSE}
    code, said = run_due(due(fail=True), receiver, *REFUSE, "ops")
    assert code == 1, said
    assert "alert" not in said[1].lower(), "cron would mail it"
    assert receiver.told() == [("opened", "failed", "hourly")]
    receiver.behaves.clear()
    receiver.released.set()
    AlertMessage.objects.filter(sent_at=None).update(
        next_try_at=database.now(), claimed_until=None
    )  # minutes later
    run_due(due(), receiver, *REFUSE, "ops")
    assert [each.told for each in receiver.taken] == [("opened", "failed", "hourly")] * 3
    assert set(receiver.times().values()) == {1}


def test_the_process_of_an_attempt_tells_of_its_failure_itself(receiver, tmp_path):
    """The web process that has started it need not live any more, nor get another request."""
    jobs = [
        Job(
            "apart",
            command="toy",
            schedule=None,
            max_attempts=1,
            executor="subprocess",
            options={"fail": True},
        )
    ]
    alerts = {"CHANNELS": receiver.channels("ops")}
    with serve(tmp_path, jobs=jobs, grace=1, drain=1, ALERTS=alerts) as server:
        assert server.connection().ask("POST", "/api/jobs/apart/run?wait=20")[0] in (202, 500)
        eventually(lambda: receiver.told())
    assert receiver.told() == [("opened", "failed", "apart")]
    assert ends(lambda: not AlertMessage.objects.filter(sent_at=None).exists())

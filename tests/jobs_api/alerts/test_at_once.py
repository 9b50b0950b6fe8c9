"""Many processes evaluate and send at once: one message per incident, and one per recovery."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from jobs_api.models import AlertMessage, Incident, JobRun, State
from jobs_api.runs import job_state
from tests.conftest import NOON, stored_run
from tests.jobs_api.alerts.looking import CHANNELS, JOBS, declared
from tests.jobs_api.together import together

pytestmark = pytest.mark.django_db(transaction=True)

PROCESSES = 8


def told(folder):
    return Counter(line for file in folder.iterdir() for line in file.read_text().splitlines())


def once(event):
    return {f"{channel} {event} job_{number}": 1 for channel in CHANNELS for number in range(JOBS)}


def test_eight_processes_send_one_message_per_incident_and_one_per_recovery(tmp_path):
    for job in declared():
        job_state.know(job, at=NOON - timedelta(days=1))
        stored_run(job, NOON, state=State.FAILED, reason="error", tries=3, attempt=3)
    look = "tests.jobs_api.alerts.looking:everybody_looks"
    together(PROCESSES, look, tmp_path, 1, 3)
    assert told(tmp_path) == once("opened")
    assert Incident.objects.count() == JOBS
    JobRun.objects.update(state=State.SUCCEEDED)
    together(PROCESSES, look, tmp_path, 2, 3)
    assert told(tmp_path) == once("opened") | once("recovered")
    assert AlertMessage.objects.filter(sent_at=None).count() == 0


def test_one_of_eight_processes_gets_the_first_turn(tmp_path):
    together(PROCESSES, "tests.jobs_api.alerts.looking:try_to_take", tmp_path)
    assert len(list(tmp_path.iterdir())) == 1

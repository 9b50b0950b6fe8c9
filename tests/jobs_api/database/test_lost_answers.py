"""A claim whose answer was lost: the caller heard 503, and the row is there.

Pain 23: nothing acknowledged is lost, and nothing that was not acknowledged is held for ever.
"""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from jobs_api.models import JobAttempt, JobRun
from jobs_api.runs.types import RUN_DUE, Trigger
from jobs_api.triggers import due
from tests.jobs_api.api.endpoints import YEARLY

from .hanging import routed

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL"),
]


def test_a_claim_whose_answer_was_lost_runs_out_and_is_made_again(declare, toy, api, impatient):
    started = []
    toy(lambda command, **options: started.append(1))
    declare(**YEARLY)
    api("GET", "/api/jobs")
    impatient(2)
    with routed() as route:
        connection.ensure_connection()
        route.swallow_after = b"INSERT INTO jobs_api_jobrun"
        answer = api("POST", "/api/jobs/nightly/run")
    impatient(10)
    assert (answer.status_code, started) == (503, [])
    run = JobRun.objects.get()
    assert (run.state, run.attempt) == ("running", 1)
    assert api("POST", "/api/jobs/nightly/run").json()["outcome"] == "already_running"
    later = timezone.now() + timedelta(seconds=31)
    due.run_due(Trigger(RUN_DUE), now=later)
    run.refresh_from_db()
    assert (run.state, run.attempt, run.tries, started) == ("succeeded", 2, 1, [1])
    lost = JobAttempt.objects.get()
    assert (lost.state, lost.reason) == ("failed", "lost")


def test_an_end_whose_answer_was_lost_is_what_was_written(declare, toy, api, impatient):
    toy(lambda command, **options: None)
    declare(**YEARLY)
    api("GET", "/api/jobs")
    with routed() as route:
        connection.ensure_connection()

        def behave(command, **options):
            impatient(1)
            route.swallow_after = b"UPDATE jobs_api_jobrun"

        toy(behave)
        answer = api("POST", "/api/jobs/nightly/run")
    impatient(10)
    assert (answer.status_code, answer.json()["outcome"]) == (200, "succeeded")
    assert JobRun.objects.get().attempt == 1

"""A database that is locked, frozen or cut off is answered 503 in time, and works when it is back.

Pains 18 and 23: a request that hangs holds a thread of its server, and its caller, for as long as it likes.
"""

import time

import pytest
from django.db import connection
from django.utils import timezone

from jobs_api.models import JobRun
from jobs_api.runs import job_state
from tests.jobs_api.api.endpoints import YEARLY

from .hanging import cut_off, frozen, locked, locked_for_writes, locked_without_a_log, unreachable

pytestmark = pytest.mark.django_db(transaction=True)
ASKED = {
    "trigger": ("POST", "/api/jobs/nightly/run"),
    "run-due": ("POST", "/api/run-due"),
    "jobs": ("GET", "/api/jobs"),
    "runs": ("GET", "/api/jobs/nightly/runs"),
    "ready": ("GET", "/api/health/ready"),
}
WRITES = ("trigger", "run-due", "ready")
ALWAYS = {"locked for writes": (locked_for_writes, WRITES)}
HANGS = {
    "sqlite": {
        "locked": (locked, WRITES),
        **ALWAYS,
        "locked without a log": (locked_without_a_log, ASKED),
    },
    "postgresql": {
        "locked": (locked, ASKED),
        **ALWAYS,
        "frozen": (frozen, ASKED),
        "cut off": (cut_off, ASKED),
        "unreachable": (unreachable, ASKED),
    },
}[connection.vendor]


@pytest.fixture
def due(declare, toy):
    """A job that run-due would start."""
    toy(lambda command, **options: None)
    job = declare(**YEARLY, catch_up_window=400 * 86400)
    job_state.know(job, at=timezone.now().replace(year=2020))
    return job


@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("kind", HANGS)
def test_a_database_that_hangs_is_answered_in_time_and_works_when_it_is_back(due, api, impatient, kind, name):
    hang, waiting = HANGS[kind]
    impatient() if name in waiting else impatient(10)  # who does not wait may be slow
    with hang():
        since = time.monotonic()
        answer = api(*ASKED[name])
        took = time.monotonic() - since
        live = api("GET", "/api/health/live")
    impatient(10)
    assert live.status_code == 200
    assert took < 8  # the hang has no end; the default is 10
    if name in waiting:
        assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    else:
        assert answer.status_code == 200
    assert [api(*ASKED[name]).status_code for name in ASKED] == [200] * len(ASKED)
    run = JobRun.objects.get()
    assert (run.state, run.attempt, run.tries) == ("succeeded", 1, 0)

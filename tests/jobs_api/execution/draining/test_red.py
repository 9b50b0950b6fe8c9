"""A process that drains says so, and takes no more runs."""

import signal
from datetime import UTC, datetime

import pytest

from jobs_api.execution import drain
from jobs_api.models import JobRun, Reason
from jobs_api.runs.types import RUN_DUE, Trigger
from jobs_api.triggers import due
from jobs_api.triggers.dispatch import Request, dispatch

from .server import WORKERS, eventually

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def test_ready_is_red_without_asking_the_database_and_live_stays_green(client):
    drain.begin(60)
    ready, live = (client.get(f"/api/health/{name}") for name in ("ready", "live"))
    assert (ready.status_code, ready.json()["detail"]) == (503, "This process is about to exit.")
    assert live.status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_trigger_is_sent_away_at_no_cost(declare):
    job = declare(max_attempts=1)
    drain.begin(60)
    assert dispatch(Request(job, NOON, Trigger("http"))).outcome == "submit_failed"
    assert (JobRun.objects.get().reason, JobRun.objects.get().tries) == (Reason.SUBMIT_FAILED, 0)
    drain.forget()
    assert dispatch(Request(job, NOON, Trigger("http"))).outcome == "succeeded"


@pytest.mark.django_db(transaction=True)
def test_run_due_leaves_what_it_would_run_itself_to_the_next_call(declare):
    """Pain 16: a deploy in the middle of run-due."""
    job = declare(schedule="* * * * *")
    dispatch(Request(job, NOON, Trigger("http")), now=NOON)
    drain.begin(60)

    report = due.run_due(Trigger(RUN_DUE), now=NOON.replace(minute=1))

    assert (report.counts, report.remaining) == ({}, 1)
    assert JobRun.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_connections_that_are_open_hear_of_it_and_are_closed(server):
    """Pain 16: a load balancer's or a caller's connection outlives the signal by a moment."""
    with server(*WORKERS["gthread"]) as running:
        opened = [running.connection() for _ in range(3)]
        for connection in opened:
            assert connection.ask("GET", "/api/health/ready")[0] == 200
        told = running.tell(signal.SIGTERM)

        status, headers, said = eventually(lambda: red(opened[-1]))
        opened.pop()

        assert (status, headers["Connection"]) == (503, "close")
        assert said["detail"] == "This process is about to exit."
        assert opened.pop().ask("GET", "/api/health/live")[0] == 200
        status, headers, said = opened.pop().ask("POST", "/api/jobs/nightly/run")
        assert (status, said["outcome"], headers["Retry-After"]) == (503, "submit_failed", "10")
        running.ended(told)


def red(connection):
    """The answer of `ready`, if that is 503 by now.

    A question that was on its way when the signal came may have that answer on a connection that stays open.
    """
    answer = connection.ask("GET", "/api/health/ready")
    return answer if (answer[0], answer[1]["Connection"]) == (503, "close") else None

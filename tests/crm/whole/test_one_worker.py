"""One sync worker, which does one thing at a time: no job waits for the server that it runs in."""

import time
from datetime import timedelta

import pytest

from crm.models import Customer, OrderStatus
from tests.jobs_api.execution.attempts import eventually

from ..factories import order, product
from .app import App
from .conftest import at
from .server import command, serve

ONE_WORKER = ("--worker-class", "sync", "--workers", "1", "--threads", "1")
JOBS = {
    "log_heartbeat": None,
    "update_low_stock": at(12),
    "send_order_reminders": at(8),
    "generate_crm_report": at(6, days=1),
}
"""Those that ask GraphQL, and the slots to try them with."""


@pytest.fixture(scope="module")
def app(operator, folder):
    """The app with one worker."""
    with serve(folder, *ONE_WORKER) as url:
        yield App(url, folder, operator)


@pytest.mark.parametrize(("job", "slot"), JOBS.items(), ids=JOBS)
def test_a_job_asks_graphql_while_its_request_takes_the_only_worker(app, job, slot):
    app.start(job, slot)


@pytest.fixture
def elsewhere(app, key):
    """Runs a job in another process, which asks this server over HTTP."""

    def run(job, slot=None):
        when = ["--run-date", slot.isoformat()] if slot else []
        there = {"CRM_GRAPHQL_URL": f"{app.url}/graphql", "CRM_GRAPHQL_TOKEN": key}
        before = asked(app)
        done = command(app.folder, "jobs_run", job, "--force", *when, **there)
        assert done.returncode == 0, done.stdout + done.stderr
        eventually(lambda: asked(app) > before)  # the server logs a request after it has answered

    return run


def asked(app):
    """How many GraphQL requests the server has answered well."""
    return (app.folder / "server.log").read_text().count('"POST /graphql HTTP/1.1" 200')


def test_a_heartbeat_elsewhere_asks_the_server(elsewhere):
    elsewhere("log_heartbeat")


def test_restocking_elsewhere_asks_the_server(elsewhere):
    low = product(stock=3)
    elsewhere("update_low_stock", at(0, days=1))
    low.refresh_from_db()
    assert low.stock == 13


def test_reminders_elsewhere_ask_the_server(elsewhere):
    slot = at(8, days=1)
    new = order(order_date=slot - timedelta(hours=1), status=OrderStatus.PENDING)
    elsewhere("send_order_reminders", slot)
    new.refresh_from_db()
    assert new.reminded_at == slot


def test_a_report_elsewhere_asks_the_server(elsewhere, app):
    elsewhere("generate_crm_report", at(6, days=-6))
    assert f" - Report: {Customer.objects.count()} customers" in app.log("crm_report_log.txt")[-1]


def test_a_job_that_asks_its_own_only_worker_fails_in_time_and_says_why(operator, folder):
    with serve(folder, *ONE_WORKER, CRM_GRAPHQL_URL="{url}/graphql", CRM_GRAPHQL_TIMEOUT="1") as url:
        own = App(url, folder, operator)
        started = time.monotonic()
        answer = own.run("update_low_stock", at(0, days=-1))
        assert time.monotonic() - started < 30  # without a limit, until gunicorn ends the worker after 60
        assert (answer["status"], answer["outcome"], answer["run"]["reason"]) == (500, "failed", "error")
        assert "CRM_GRAPHQL_URL" in own.output(answer["run"])[-1]
        assert own.send("GET", "/api/health/ready").status == 200

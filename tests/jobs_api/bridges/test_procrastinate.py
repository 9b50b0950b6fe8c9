"""procrastinate: its periodic task defers what is due in its minute, and its worker triggers it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from procrastinate import App, Blueprint
from procrastinate.testing import InMemoryConnector

from jobs_api.bridges import procrastinate as bridge
from jobs_api.bridges.procrastinate import add_jobs, is_due
from jobs_api.exceptions import BadInput
from jobs_api.models import JobRun, State
from jobs_api.schedule.slots import Schedule
from tests.jobs_api.bridges.nights import NIGHTS, span, times
from tests.jobs_api.execution.attempts import raising


@pytest.fixture
def app():
    return App(connector=InMemoryConnector())


def deferred(app):
    return [(job["task_name"], job["args"]) for job in app.connector.jobs.values()]


def minute(app, at):
    """What the periodic task does that procrastinate runs for that minute."""
    return asyncio.run(app.tasks["jobs_api.minute"].func(timestamp=int(at.timestamp())))


def test_what_is_due_in_the_minute_is_deferred_with_its_time(app, declare):
    declare("nightly", timezone="Europe/Berlin")
    declare("hourly", schedule="0 * * * *")
    declare("by_hand", schedule=None)
    add_jobs(app)
    at = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
    assert minute(app, at) == ["hourly", "nightly"]
    assert deferred(app) == [
        ("jobs_api.trigger", {"name": "hourly", "scheduled_at": "2026-11-20T02:00:00+00:00"}),
        ("jobs_api.trigger", {"name": "nightly", "scheduled_at": "2026-11-20T02:00:00+00:00"}),
        ("jobs_api.run_due", {}),
    ]
    assert minute(app, at + timedelta(minutes=1)) == []


def test_tasks_are_registered_before_any_job_is_known(app, declare, monkeypatch):
    """procrastinate imports tasks while Django's apps are made ready."""
    blueprint = Blueprint()
    monkeypatch.setattr("django.apps.apps.ready", False)
    add_jobs(blueprint, "night*", run_due_every=None)
    monkeypatch.setattr("django.apps.apps.ready", True)
    declare("nightly", schedule="* * * * *")
    declare("other", schedule="* * * * *")
    app.add_tasks_from(blueprint, namespace="shop")
    ((name, _),) = app.periodic_registry.periodic_tasks
    assert name == "shop:jobs_api.minute"
    assert asyncio.run(app.tasks[name].func(timestamp=0)) == ["nightly"]
    assert [task for task, _ in deferred(app)] == ["shop:jobs_api.trigger"]
    with pytest.raises(BadInput, match="run_due_every"):
        add_jobs(Blueprint(), run_due_every=7)


def test_an_error_in_the_declarations_is_logged_and_no_end(app, declare, monkeypatch, caplog):
    add_jobs(app)
    monkeypatch.setattr(bridge, "scheduled_jobs", raising(ImproperlyConfigured("a job is wrong")))
    assert minute(app, datetime(2026, 11, 20, tzinfo=UTC)) == []
    assert "procrastinate triggers no job: a job is wrong" in caplog.text
    assert [name for name, _ in deferred(app)] == ["jobs_api.run_due"]


@pytest.mark.parametrize("case", NIGHTS, ids=lambda case: "-".join(map(str, case)))
def test_the_minutes_are_exact_when_clocks_change(case):
    line, zone, day = case
    start, end = span(zone, day)
    slots = Schedule.parse(line, zone)
    minutes = [start + timedelta(minutes=n) for n in range((end - start) // timedelta(minutes=1) + 1)]
    assert times([at for at in minutes if is_due(slots, at)]) == NIGHTS[case]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("threads_disconnect")
@pytest.mark.parametrize(
    ("behaviour", "state"), [(None, State.SUCCEEDED), (raising(SystemExit(3)), State.FAILED)]
)
def test_a_worker_runs_the_slot_of_its_time_and_tries_nothing_again(app, declare, toy, behaviour, state):
    """Pain 34: a failed job ends no worker, and the engine does not try again what is ours to retry."""
    toy(behaviour or (lambda command, **options: None))
    declare("nightly", schedule="* * * * *", max_attempts=3)
    add_jobs(app, run_due_every=None)
    app.perform_import_paths = lambda: None
    planned = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=7)
    minute(app, planned)
    app.periodic_registry.periodic_tasks.clear()  # the worker would begin with the present minute
    app.run_worker(wait=False, install_signal_handlers=False, listen_notify=False)
    run = JobRun.objects.get()
    assert (run.run_date, run.source, run.state) == (planned, "procrastinate", state)
    assert [job["status"] for job in app.connector.jobs.values()] == ["succeeded"]

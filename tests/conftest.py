"""Fixtures that all tests share. Commands are toys, jobs are made by keyword, times are passed in."""

from __future__ import annotations

import gc
import json as codec
import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation
from hypothesis import settings as hypothesis_settings

from jobs_api import Job, in_tests, registry
from jobs_api.alerts import background as alerts
from jobs_api.auth.throttle import bad_tokens
from jobs_api.database import gates
from jobs_api.execution import drain
from jobs_api.history import background as history
from jobs_api.models import JobDeclaration, JobRun, State
from jobs_api.monitoring import job_totals, refusals, sources, trigger_counts
from jobs_api.monitoring.readiness import readiness
from jobs_api.runs import hosts, job_state
from tests import databases, documented
from tests.toys.management.commands import toy as toy_command

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # So it is for what a shell starts in the background; processes that tests stop would inherit it.
    signal.signal(signal.SIGINT, signal.default_int_handler)

databases.keep_whole(settings.SCRATCH / "test.sqlite3")

# No test may fail because the machine is slow.
hypothesis_settings.register_profile("without a deadline", deadline=None)
hypothesis_settings.load_profile("without a deadline")

BEARER = {"Authorization": f"Bearer {settings.CRON_SECRET}"}
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Tests stay until the end: looking for garbage among them takes a third of the time to collect them."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """On PostgreSQL, leave out what uses no database."""
    databases.skip_what_uses_none(items)


@pytest.fixture(scope="session", autouse=True)
def telling() -> Iterator[None]:
    """These tests are about what leaves a server; other projects' tests keep it in."""
    with in_tests.telling():
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """The database knows no job, as after each test that empties it.

    `migrate` has made the reference project's jobs known, and after some minutes they have missed slots.
    """
    with django_db_blocker.unblock():
        JobDeclaration.objects.all().delete()


@pytest.fixture(autouse=True)
def fresh_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a process remembers of the database is forgotten between tests."""
    translation.deactivate()  # a page leaves its language to the next request of its thread
    job_state.forget()
    hosts.be_quiet()  # its tests are in declaring
    bad_tokens.forget()
    trigger_counts._counts.clear()
    trigger_counts._sources.clear()
    sources.tallies.clear()
    job_totals.noted.clear()
    refusals.noted.clear()
    trigger_counts.writer.rest()  # its thread would sleep through the next test
    alerts.evaluator.clear()
    alerts.evaluator.rest()
    history.roller.clear()
    history.roller.rest()
    drain.forget()
    gates.forget()
    readiness.forget()
    monkeypatch.setattr(
        "jobs_api.monitoring.readiness.TEST_EVERY", 0
    )  # a test changes the database between two looks
    monkeypatch.setattr(
        trigger_counts, "FLUSH_EVERY", 86400
    )  # or it would write in the middle of a later test
    monkeypatch.setattr(alerts, "SOON", 86400)
    monkeypatch.setattr(history, "SOON", 86400)
    yield
    toy_command.behaviour = None


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[..., Any]], None]:
    """``toy(lambda command, **options: ...)`` says what the toy command does from now on."""

    def behave(function: Callable[..., Any]) -> None:
        monkeypatch.setattr(toy_command, "behaviour", function)

    return behave


@pytest.fixture
def declare() -> Iterator[Callable[..., Job]]:
    """``declare("nightly", schedule="0 3 * * *")`` puts a job that runs the toy into the registry."""
    before = registry.jobs()
    declared: list[Job] = []

    def job(name: str = "nightly", **fields: Any) -> Job:
        declared.append(Job(name, **{"command": "toy", "schedule": "0 3 * * *", **fields}))
        registry.fill(declared)
        return declared[-1]

    registry.fill([])
    yield job
    registry.fill(before)


@pytest.fixture
def api(client: Client) -> Callable[..., Any]:
    """``api("POST", "/api/jobs/nightly/run", json={...}, headers={...})``, with CRON_SECRET.

    Every answer is held against the OpenAPI document.
    """

    def request(
        method: str, path: str, *, json: Any = None, headers: dict[str, str] | None = None, **extra: Any
    ) -> Any:
        body = extra.pop("data", "")
        if json is not None:
            body, extra["content_type"] = codec.dumps(json), "application/json"
        extra.setdefault("content_type", "")
        response = client.generic(method, path, body, headers={**BEARER, **(headers or {})}, **extra)
        assert (
            documented.fault(method, path, response.status_code, response.headers, response.content) is None
        )
        return response

    return request


def stored_run(job: Job, run_date: datetime = NOON, *, state: str = State.SUCCEEDED, **fields: Any) -> JobRun:
    """A run as it would stand in the table."""
    held = state in (State.CLAIMED, State.RUNNING)
    defaults: dict[str, Any] = {
        "attempt": 0 if state in (State.QUEUED, State.SKIPPED) else 1,
        "created_at": run_date,
        "started_at": run_date if state != State.QUEUED else None,
        "finished_at": None if held or state == State.QUEUED else run_date + timedelta(seconds=1),
        "lease_expires_at": run_date + timedelta(seconds=30) if held else None,
        "held_job": job.name if held and job.exclusive else None,
    }
    return JobRun.objects.create(job_name=job.name, run_date=run_date, state=state, **{**defaults, **fields})

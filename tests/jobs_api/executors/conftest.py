"""A broker for the session, Celery apps and workers for a test; see broker.py and workers.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from celery import Celery, _state
from django.test import override_settings

from jobs_api import registry
from jobs_api.executors.celery import broker as sending

from .broker import Broker
from .subprocesses import prepare, supervisors, until
from .workers import Worker

LEASES = {"LEASE_SECONDS": 10, "RENEW_SECONDS": 0.5, "KILL_SECONDS": 1, "DRAIN_SECONDS": 2}


@pytest.fixture(scope="session")
def running_broker() -> Iterator[Broker]:
    """One for all tests of this process."""
    with Broker() as broker:
        yield broker


@pytest.fixture
def broker(running_broker: Broker) -> Broker:
    """Running and empty, whatever the test before did to it."""
    running_broker.start_if_down()
    running_broker.empty()
    return running_broker


@pytest.fixture
def use_celery(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Celery]]:
    """``use_celery(url, LEASE_SECONDS=3)``: this process has such an app, and jobs run on Celery."""
    monkeypatch.delenv("CELERY_BROKER_URL", raising=False)
    before, undo = (_state.default_app, _state._tls.current_app), []
    sending.idle_connections.clear()

    def use(url: str | None, **jobs_api: Any) -> Celery:
        app = Celery("tests", broker=url, set_as_current=False)
        app.set_default()
        app.set_current()
        settings = {"REQUIRE_HTTPS": False, "EXECUTOR": "celery", **LEASES, **jobs_api}
        undo.append(override_settings(JOBS_API=settings))
        undo[-1].enable()
        return app

    yield use
    for settings in reversed(undo):
        settings.disable()
    sending.idle_connections.clear()
    _state.default_app, _state._tls.current_app = before


@pytest.fixture
def work(broker: Broker) -> Iterator[Callable[..., Worker]]:
    """``work(concurrency=1, LEASE_SECONDS=3)``: a worker that knows the jobs declared so far, ready."""
    workers: list[Worker] = []

    def start(
        *, concurrency: int = 1, queues: str = "celery", pool: str = "prefork", **jobs_api: Any
    ) -> Worker:
        settings = {"EXECUTOR": "celery", **LEASES, **jobs_api}
        known = registry.jobs()
        chosen = {"concurrency": concurrency, "queues": queues, "pool": pool}
        workers.append(Worker(broker, known, **chosen, jobs_api=settings))
        return workers[-1].ready()

    yield start
    for worker in workers:
        worker.end()


@pytest.fixture
def on_host(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[..., None]]:
    """``on_host(SUBPROCESS_LIMIT=1)``: jobs declared before run in processes with these settings."""

    def run_there(**jobs_api: Any) -> None:
        settings = {"EXECUTOR": "subprocess", "LEASE_SECONDS": 6, "RENEW_SECONDS": 1, "KILL_SECONDS": 5}
        changed = override_settings(JOBS_API={"REQUIRE_HTTPS": False, **settings, **jobs_api})
        changed.enable()
        undo.append(changed.disable)
        prepare(monkeypatch, tmp_path, **{**settings, **jobs_api})

    undo: list[Callable[[], None]] = []
    yield run_there
    for disable in undo:
        disable()
    until(lambda: not any(supervisors(tmp_path)))

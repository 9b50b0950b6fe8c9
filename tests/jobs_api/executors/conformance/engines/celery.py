"""A Valkey of its own, and a worker with two children."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import celery
import pytest
from celery import _state

from jobs_api.executors import celery as ours
from jobs_api.executors.celery import broker as sending
from jobs_api.models import JobRun
from tests.jobs_api.executors.broker import Broker
from tests.jobs_api.executors.subprocesses import until
from tests.jobs_api.executors.workers import Worker

from . import Engine, lease_of


class Celery(Engine):
    """Its holder is a child of the worker, which replaces it."""

    def __init__(self, executor: str, folder: Path, **jobs_api: Any) -> None:
        super().__init__(executor, folder, **jobs_api)
        self._broker = Broker()
        self._worker: Worker | None = None

    def start(self) -> None:
        """Start what is missing."""
        self._broker.start_if_down()
        if self._worker is None or self._worker.process.poll() is not None:
            worker = Worker(self._broker, self.jobs, concurrency=2, jobs_api=self.jobs_api)
            self._worker = worker.ready()

    def end(self) -> None:
        """End both."""
        if self._worker is not None:
            self._worker.end()
            self._worker = None
        self._broker.kill()

    @contextmanager
    def connected(self) -> Iterator[None]:
        """This process has an app with that broker."""
        before = (_state.default_app, _state._tls.current_app)
        app = celery.Celery("tests", broker=self._broker.url, set_as_current=False)
        app.set_default()
        app.set_current()
        try:
            with pytest.MonkeyPatch.context() as patch:
                patch.delenv("CELERY_BROKER_URL", raising=False)
                sending.idle_connections.clear()
                yield
        finally:
            sending.idle_connections.clear()
            _state.default_app, _state._tls.current_app = before

    def settled(self) -> bool:
        """Whether no message waits, and none is unacknowledged: that comes last."""
        with self._broker.client() as broker:
            return not broker.llen("celery") and not broker.hlen("unacked")

    def deliver_again(self, run: JobRun) -> None:
        """Send it once more."""
        assert self._worker
        received = self._worker.log().count(" received")
        sending.through(lambda connection: ours._send(self.job, lease_of(run), connection, 60))
        until(lambda: self._worker.log().count(" received") > received)
        until(lambda: f"{run.pk}-{run.attempt}] succeeded" in self._worker.log())

    def stop(self, run: JobRun) -> None:
        """Tell the worker, which tells its children."""
        assert self._worker
        self._worker.terminate()
        assert self._worker.process.wait(60) == 0, self._worker.log()

    @contextmanager
    def down(self) -> Iterator[None]:
        """The broker has died, with all that it held."""
        self._broker.kill()
        try:
            yield
        finally:
            self._broker.start()

    @contextmanager
    def held_up(self) -> Iterator[None]:
        """The worker fetches nothing."""
        assert self._worker
        os.kill(self._worker.process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self._worker.process.pid, signal.SIGCONT)


engine = Celery

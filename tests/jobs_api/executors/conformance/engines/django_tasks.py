"""Django Tasks by django-tasks-db, with two workers."""

from __future__ import annotations

import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connection
from django.test import override_settings
from django_tasks_db.models import DBTaskResult

from jobs_api.executors import django_tasks as ours
from jobs_api.models import JobRun
from tests.jobs_api.executors.backends import DATABASE
from tests.jobs_api.executors.db_worker import DbWorkers
from tests.jobs_api.executors.subprocesses import until

from . import Engine, holder


class DjangoTasks(Engine):
    """Its holder is a worker."""

    def __init__(self, executor: str, folder: Path, **jobs_api: Any) -> None:
        super().__init__(executor, folder, **jobs_api)
        self._workers = DbWorkers(folder)
        self._by_id: dict[str, subprocess.Popen[bytes]] = {}
        self._is_held_up = False

    def start(self) -> None:
        """Two, as each does one thing at a time."""
        while len(self._alive()) < 2:
            name = uuid.uuid4().hex
            options = ("--queue-name", "*", "--worker-id", name)
            self._by_id[name] = self._workers.start(*options, jobs=self.jobs, **self.jobs_api)

    def fire(self, *asked: Any, **options: Any) -> Any:
        """With workers that were started again, as a platform does: one ends where SQLite stays locked."""
        if not self._is_held_up:
            self.start()
        return super().fire(*asked, **options)

    def _alive(self) -> list[str]:
        return [name for name, worker in self._by_id.items() if worker.poll() is None]

    def end(self) -> None:
        """Kill them."""
        self._workers.end()

    @contextmanager
    def connected(self) -> Iterator[None]:
        """This process enqueues in the database."""
        with override_settings(TASKS=DATABASE):
            yield

    def settled(self) -> bool:
        """Whether no message waits, or is in the hands of a worker that lives."""
        alive = self._alive()
        waiting = DBTaskResult.objects.exclude(status__in=["SUCCESSFUL", "FAILED"])
        return not any(
            message.status == "READY" or set(message.worker_ids) & set(alive) for message in waiting
        )

    def deliver_again(self, run: JobRun) -> None:
        """Enqueue it once more."""
        message = ours.run_attempt.enqueue(run.pk, run.attempt)
        until(lambda: DBTaskResult.objects.get(pk=message.id).status == "SUCCESSFUL")

    def stop(self, run: JobRun) -> None:
        """Tell the worker."""
        super().stop(run)
        [ended] = [worker for worker in self._by_id.values() if worker.pid == holder(run)]
        assert ended.wait(60) == 0, self._workers.log.read_text()

    @contextmanager
    def down(self) -> Iterator[None]:
        """Its table is not there."""
        with self.held_up():
            with connection.schema_editor() as schema:
                schema.delete_model(DBTaskResult)
            try:
                yield
            finally:
                with connection.schema_editor() as schema:
                    schema.create_model(DBTaskResult)

    @contextmanager
    def held_up(self) -> Iterator[None]:
        """There is no worker."""
        self._workers.end()
        self._is_held_up = True
        try:
            yield
        finally:
            self._is_held_up = False
        self.start()


engine = DjangoTasks

"""Settings for TASKS, and backends that behave as real ones do on a bad day."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import django
from django.core import checks
from django.db import transaction

FRAMEWORK = "django.tasks" if django.VERSION >= (6, 0) else "django_tasks"
HERE = "tests.jobs_api.executors.backends"
ImmediateBackend = import_module(f"{FRAMEWORK}.backends.immediate").ImmediateBackend
DummyBackend = import_module(f"{FRAMEWORK}.backends.dummy").DummyBackend


def tasks(backend: str, **more: Any) -> dict[str, Any]:
    """TASKS with one backend."""
    return {"default": {"BACKEND": backend, **more}}


DATABASE = tasks("django_tasks_db.DatabaseBackend", QUEUES=["default", "heavy"])
IMMEDIATE = tasks(f"{FRAMEWORK}.backends.immediate.ImmediateBackend")
DUMMY = tasks(f"{FRAMEWORK}.backends.dummy.DummyBackend")


class AwayBackend(DummyBackend):
    """Its broker cannot be reached, and its client tells the broker's password."""

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        """Raise."""
        raise ConnectionError("redis://user:hunter2@broker:6379/0 refused the connection")


class OnCommitBackend(ImmediateBackend):
    """Enqueues when the transaction commits, as the backport did before 0.10."""

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        """At once, where there is no transaction."""
        transaction.on_commit(lambda: ImmediateBackend.enqueue(self, task, args, kwargs))


class LateErrorBackend(ImmediateBackend):
    """Raises when the task has run: a receiver of the host's, for example."""

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        """Run it, then raise."""
        super().enqueue(task, args, kwargs)
        raise RuntimeError("a receiver of task_finished is broken")


class PickyBackend(DummyBackend):
    """Takes no priorities."""

    supports_priority = False


class SickBackend(DummyBackend):
    """Finds something wrong with itself."""

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        """As the framework asks."""
        return [checks.Error("it has no table", hint="Migrate."), checks.Info("it is slow")]


class NeedyBackend(DummyBackend):
    """Cannot be made without what it needs."""

    def __init__(self, alias: str, params: dict[str, Any]) -> None:
        super().__init__(alias, params)
        self.url = params["OPTIONS"]["url"]

"""How the suite reaches an executor, and what runs its attempts."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar
from unittest import SkipTest, mock

from django.core.management import get_commands
from django.db import connections
from django.test import override_settings

from jobs_api import conf, database, executors, registry
from jobs_api.models import HELD, JobRun
from jobs_api.registry.job import Job
from jobs_api.runs.types import Lease, Trigger
from jobs_api.testing.conformance.watching import is_alive, until
from jobs_api.testing.jobs import NAME, jobs_for
from jobs_api.triggers.dispatch import dispatch
from jobs_api.triggers.request import Request

LEASES = {"LEASE_SECONDS": 4, "RENEW_SECONDS": 0.5, "KILL_SECONDS": 0.5, "DRAIN_SECONDS": 1.5}


class Engine:
    """One executor with all that runs its attempts: on this machine, on the database of the test.

    This one suits an executor whose processes are started by `submit` and inherit the environment. Override
    what is different for yours.
    """

    stays: ClassVar[str] = "stubborn"
    """What a command does that ends when it is stopped: "checks" where nothing can kill it."""
    settings: ClassVar[str] = ""
    """The settings module of its workers; the one of the test where empty."""
    job_name: ClassVar[str] = NAME

    def __init__(self, executor: str, folder: Path, **jobs_api: Any) -> None:
        self.executor, self.folder = executor, folder
        # Not from Django's settings: they name no module while a test overrides some.
        self._settings = self.settings or os.environ.get("DJANGO_SETTINGS_MODULE", "")
        self._own = {"REQUIRE_HTTPS": False, **LEASES, **jobs_api}
        self.jobs_api = {**conf.raw_setting(), **self._own}
        """JOBS_API for both sides, with leases that end within a test."""
        self.job, self.brief = jobs_for(executor, self.job_name)

    @property
    def jobs(self) -> list[Job]:
        """What its workers know; the second has a time-out of two seconds."""
        return [self.job, self.brief]

    @contextmanager
    def at_hand(self) -> Iterator[None]:
        """Triggers of this process reach it, and it runs, meanwhile."""
        with ExitStack() as stack:
            stack.enter_context(registry.override(*self.jobs))
            stack.enter_context(mock.patch.dict(get_commands(), {NAME: "jobs_api.testing"}))
            stack.enter_context(override_settings(JOBS_API=self.jobs_api))
            stack.enter_context(self.connected())
            self.start()
            yield

    def environment(self) -> dict[str, str]:
        """Variables for a process that runs attempts: the host's settings on the database of the test.

        Raises:
            RuntimeError: no other process can open that database.
        """
        names = {alias: str(connections[alias].settings_dict["NAME"]) for alias in connections}
        if any("mode=memory" in name or name == ":memory:" for name in names.values()):
            raise RuntimeError("The test database is in memory: set DATABASES['default']['TEST']['NAME'].")
        given = {
            "settings": self._settings,
            "databases": names,
            "jobs_api": self._own,
        }
        module = "jobs_api.testing.worker_settings"
        return {"DJANGO_SETTINGS_MODULE": module, "JOBS_API_TESTING": json.dumps(given)}

    # What an executor with workers of its own does in another way

    @contextmanager
    def connected(self) -> Iterator[None]:
        """Let triggers of this process reach it; processes that they start inherit the environment."""
        with mock.patch.dict(os.environ, self.environment()):
            yield

    def start(self) -> None:
        """Start what does not run; returns when it takes attempts."""

    def end(self) -> None:
        """End all that was started, in whatever state it is."""

    def settled(self) -> bool:
        """Whether nothing that was given to it is on its way or at work."""
        held = database.rows().filter(state__in=HELD, job_name__in=[job.name for job in self.jobs])
        return not any(run.holder != ANOTHER for run in held.only("holder"))

    def deliver_again(self, run: JobRun) -> None:
        """Let it have the same attempt again; returns when that was dealt with, where that can be seen."""
        executors.load(self.executor).submit(self.job, lease_of(run))

    def kill(self, run: JobRun) -> None:
        """Let what holds the run die at once."""
        os.kill(holder(run), signal.SIGKILL)

    def stop(self, run: JobRun) -> None:
        """Stop what holds the run, as a deploy does; returns when it is gone."""
        os.kill(holder(run), signal.SIGTERM)
        until(lambda: not is_alive(holder(run)))

    def down(self) -> AbstractContextManager[None]:
        """It cannot take anything meanwhile."""
        raise SkipTest("This engine does not say how it is when it is down.")

    def held_up(self) -> AbstractContextManager[None]:
        """It takes attempts, and begins none meanwhile."""
        raise SkipTest("This engine does not say how an attempt waits in it.")

    # How it is triggered

    def fire(self, slot: datetime, *, job: Job | None = None, **options: Any) -> None:
        """Trigger, and do not wait for the end."""
        dispatch(Request(job or self.job, slot, Trigger("http"), options, wait_own=0))


ANOTHER = "another:1"
"""The holder that has taken a run over."""


def holder(run: JobRun) -> int:
    """The process that holds it, which the test may kill.

    Raises:
        AssertionError: that is the process of the test.
    """
    pid = int(run.holder.rpartition(":")[2])
    if pid == os.getpid():
        raise AssertionError("The attempt runs in the process of the test: have another one call deliver().")
    return pid


def lease_of(run: JobRun) -> Lease:
    """As it was when the attempt was claimed."""
    if run.claimed_at is None:
        raise AssertionError("The run was not claimed.")
    return Lease(run.pk, run.attempt, run.job_name, run.run_date, run.tries, run.options, run.claimed_at)

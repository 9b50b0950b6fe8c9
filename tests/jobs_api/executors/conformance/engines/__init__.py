"""How the suite runs each executor: one file per executor, found by its name."""

from __future__ import annotations

import os
import pkgutil
import signal
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from django.test import override_settings

from jobs_api import Job, registry
from jobs_api.models import JobRun
from jobs_api.runs.types import Lease, Trigger
from jobs_api.triggers import dispatch
from tests.jobs_api.executors.subprocesses import is_alive, until
from tests.toys.behaviours import Asked

LEASES = {"LEASE_SECONDS": 4, "RENEW_SECONDS": 0.5, "KILL_SECONDS": 0.5, "DRAIN_SECONDS": 1.5}


class Engine:
    """One executor with all that runs its attempts; started where a test first needs it."""

    stays = "stubborn"
    """A behaviour that ends when it is stopped. Off the request it is the most stubborn one."""
    queues = True
    """Whether an attempt can wait in the engine."""

    def __init__(self, folder: Path, **jobs_api: Any) -> None:
        self.folder = folder
        self.name = type(self).__module__.rpartition(".")[2]
        self.jobs_api = {"REQUIRE_HTTPS": False, **LEASES, **jobs_api}
        fixed: dict[str, Any] = {"command": "toy", "params": Asked, "overlap": "allow", "executor": self.name}
        self.job = Job(self.name, **fixed)
        self.brief = Job(f"{self.name}-brief", timeout=1, **fixed)

    @property
    def jobs(self) -> list[Job]:
        """What its workers know; the second has a time-out of a second."""
        return [self.job, self.brief]

    @contextmanager
    def at_hand(self) -> Iterator[None]:
        """Triggers of this process reach it, and it runs, meanwhile."""
        with ExitStack() as stack:
            stack.enter_context(registry.override(*self.jobs))
            stack.enter_context(override_settings(JOBS_API=self.jobs_api))
            stack.enter_context(self.connected())
            self.start()
            yield

    # What an executor without workers, or in the request, need not do

    def start(self) -> None:
        """Start what does not run; returns when it takes attempts."""

    def end(self) -> None:
        """End all that was started, in whatever state it is."""

    @contextmanager
    def connected(self) -> Iterator[None]:
        """Let triggers of this process reach it."""
        yield

    def fire(self, slot: datetime, *, job: Job | None = None, **options: Any) -> None:
        """Trigger, and do not wait for the end."""
        asked = dispatch.Request(job or self.job, slot, Trigger("http"), options, wait_own=0)
        dispatch.dispatch(asked)

    def stop(self, run: JobRun) -> None:
        """Tell what holds the run to stop, as a deploy does; returns when it is gone."""
        os.kill(holder(run), signal.SIGTERM)
        until(lambda: not is_alive(holder(run)))

    # What each has to do

    def settled(self) -> bool:
        """Whether nothing that was given to it is on its way or at work."""
        raise NotImplementedError

    def deliver_again(self, run: JobRun) -> None:
        """Let it have the same message again; returns when that was dealt with."""
        raise NotImplementedError

    def down(self) -> AbstractContextManager[None]:
        """It cannot take anything meanwhile."""
        raise NotImplementedError

    def held_up(self) -> AbstractContextManager[None]:
        """It takes attempts, and begins none meanwhile."""
        raise NotImplementedError


def names() -> list[str]:
    """The executors that the suite can run."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def load(name: str) -> type[Engine]:
    """The engine of the executor with that name."""
    return cast(type[Engine], import_module(f"{__name__}.{name}").engine)


def holder(run: JobRun) -> int:
    """The process that holds it."""
    return int(run.holder.rpartition(":")[2])


def lease_of(run: JobRun) -> Lease:
    """As it was when the attempt was claimed."""
    assert run.claimed_at
    return Lease(run.pk, run.attempt, run.job_name, run.run_date, run.tries, run.options, run.claimed_at)

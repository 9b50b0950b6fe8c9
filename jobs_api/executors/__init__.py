"""Where a claimed attempt runs: one file per executor, found by its name.

An executor is a module here with an object `executor` that is an `Executor`. What runs an attempt
off the request takes two numbers, the run's id and the attempt's, to `delivery.deliver`.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Any, cast

from jobs_api.models import JobRun
from jobs_api.registry.job import Job
from jobs_api.runs.types import Ending, Lease


class Executor:
    """Takes a claimed attempt to where its command runs."""

    in_request = False
    """True: `submit` runs the command and returns its end; its claim begins the attempt too."""

    start_within: float | None = None
    """Seconds in which an attempt that was submitted begins; None is the setting."""

    def full(self) -> bool:
        """Whether `submit` would raise NoRoom now; asked before a run that waits is claimed again."""
        return False

    def submit(self, job: Job, lease: Lease) -> Ending | None:
        """Take the attempt; returns how it ended, or None where that is not known yet.

        Raises:
            SubmitFailed: it cannot be taken now.
            NoRoom: it has to wait; nothing was started.
            LeaseLost: another attempt holds the run by now.
        """
        raise NotImplementedError

    def revoke(self, run: JobRun) -> None:
        """Tell the engine that an operator cancelled this attempt; it may help, nothing relies on it."""

    def faults(self, options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """What is wrong with a job's `executor_options`, or with the engine's set-up: text and hint."""
        for name in options:
            yield f"this executor has no option {name!r}", "Remove it from executor_options."

    def cautions(self, options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """What works, but not as an operator may think; shown as warnings."""
        yield from ()


def memory_faults(options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is wrong with `memory_mb`, for executors whose commands run in a process of their own."""
    limit = options.get("memory_mb", 1)
    if isinstance(limit, bool) or not isinstance(limit, (int, float)) or limit <= 0:
        yield f"memory_mb={limit!r:.80} is no size", "A number of megabytes, such as 512."


def names() -> list[str]:
    """The executors there are."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


@cache
def load(name: str) -> Executor:
    """The executor of that name; `checks` has made sure that there is one."""
    return cast(Executor, import_module(f"{__name__}.{name}").executor)

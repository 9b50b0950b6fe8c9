"""Where a claimed attempt runs: one file per executor, found by its name.

An executor is a module here with an object `executor` that is an `Executor`.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from typing import Protocol, cast

from jobs_api.leases import Ending, Lease
from jobs_api.registry import Job


class Executor(Protocol):
    """Takes a claimed attempt to where its command runs."""

    in_request: bool
    """True: `submit` runs the command and returns its end; its claim begins the attempt too."""

    def submit(self, job: Job, lease: Lease) -> Ending | None:
        """Take the attempt; returns how it ended, or None where that is not known yet.

        Raises:
            SubmitFailed: it cannot be taken now.
            LeaseLost: another attempt holds the run by now.
        """


def names() -> list[str]:
    """The executors there are."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


@cache
def load(name: str) -> Executor:
    """The executor of that name; `checks` has made sure that there is one."""
    return cast(Executor, import_module(f"{__name__}.{name}").executor)

"""How the suite runs each of our executors: one file per executor, found by its name."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, cast

from jobs_api.testing import Engine as HostEngine
from jobs_api.testing.conformance.engine import holder, lease_of

__all__ = ["Engine", "holder", "lease_of", "load", "names"]


class Engine(HostEngine):
    """Its workers are told their jobs: those of all engines may be declared at once."""

    def __init_subclass__(cls, **named: Any) -> None:
        """Its jobs are named after it."""
        super().__init_subclass__(**named)
        cls.job_name = cls.__module__.rpartition(".")[2]

    @contextmanager
    def connected(self) -> Iterator[None]:
        """Its workers are given their settings when they are started."""
        yield


def names() -> list[str]:
    """The executors that the suite can run."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def load(name: str) -> type[Engine]:
    """The engine of the executor with that name."""
    return cast(type[Engine], import_module(f"{__name__}.{name}").engine)

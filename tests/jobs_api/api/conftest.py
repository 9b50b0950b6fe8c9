"""Executors off the request, as this folder's tests need them: nothing runs, or nothing is taken."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from types import ModuleType

import pytest

from jobs_api import executors


@pytest.fixture
def executor(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., str]]:
    """``executor(submit)`` adds an executor off the request; returns its name."""

    def add(submit: Callable[..., object], name: str = "courier") -> str:
        module = ModuleType(f"jobs_api.executors.{name}")
        module.executor = executor = executors.Executor()  # type: ignore[attr-defined]
        executor.submit = submit  # type: ignore[assignment, method-assign]
        monkeypatch.setitem(sys.modules, module.__name__, module)
        return name

    executors.load.cache_clear()
    yield add
    executors.load.cache_clear()

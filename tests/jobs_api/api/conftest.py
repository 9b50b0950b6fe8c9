"""Executors off the request, as this folder's tests need them: nothing runs, or nothing is taken."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from jobs_api import executors


@pytest.fixture
def executor(monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """``executor(submit)`` adds an executor off the request; returns its name."""

    def add(submit: Callable[..., object], name: str = "courier") -> str:
        executor = executors.Executor()
        executor.submit = submit  # type: ignore[assignment, method-assign]
        monkeypatch.setitem(executors._loaded, name, executor)
        return name

    return add

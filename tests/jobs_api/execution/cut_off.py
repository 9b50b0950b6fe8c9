"""A database that this process cannot reach: it answers with an error, or not at all."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

FAULTS = ("each statement fails", "statements get no answer", "there is no connection to be had")


class Partition:
    """While it lasts, no statement comes through; those of the heartbeat fail as was asked for."""

    def __init__(self, fault: str) -> None:
        self.fault = fault
        self.over = threading.Event()
        self.over.set()
        self.hanging = 0

    def begin(self) -> None:
        """Cut this process off."""
        self.over.clear()

    def end(self) -> None:
        """Let it through again; what hangs goes on."""
        self.over.set()

    def meet(self) -> None:
        """Called before a statement, or a connection."""
        if self.over.is_set():
            return
        if self.fault == FAULTS[1] and threading.current_thread().name == "jobs_api-heartbeat":
            self.hanging += 1
            self.over.wait(30)
            return
        raise OperationalError("cut off")


@contextmanager
def partition(monkeypatch: pytest.MonkeyPatch, fault: str) -> Iterator[Partition]:
    """One that has not begun; it is over at the end."""
    made = Partition(fault)
    execute, connect = CursorWrapper._execute_with_wrappers, BaseDatabaseWrapper.connect  # type: ignore[attr-defined]

    def statement(*args: Any, **named: Any) -> Any:
        made.meet()
        return execute(*args, **named)

    def connection(wrapper: BaseDatabaseWrapper) -> None:
        if fault == FAULTS[2]:
            made.meet()
        connect(wrapper)

    monkeypatch.setattr(CursorWrapper, "_execute_with_wrappers", statement)
    monkeypatch.setattr(BaseDatabaseWrapper, "connect", connection)
    try:
        yield made
    finally:
        made.end()

"""How long our own statements may wait for the database: `DATABASE_SECONDS` in total, for each request.

    with bounded():            # from here on the time is counted
        ...
        with elsewhere():      # a command, a broker, a caller's body: not our statements, so not counted
            ...

`budget` enforces the limit. The statements of a command have no limit.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections

from jobs_api.conf import config
from jobs_api.database import alias
from jobs_api.database.budget import Budget

_here = threading.local()


class bounded:
    """Limit the total time of the database statements in this block.

    Inside another such block for the same database, the outer block's limit stays in force.

    Args:
        using: the database; None is ours.
        seconds: the limit; None is the setting's.
        gated: refuse at once while the database does not answer; for callers that can try again later.
        on_server: also set a statement_timeout; not for statements of the host, nor outside a transaction.
    """

    __slots__ = ("_budget", "_gated", "_on_server", "_outer", "_seconds", "_using")

    def __init__(
        self,
        *,
        using: str | None = None,
        seconds: float | None = None,
        gated: bool = False,
        on_server: bool = True,
    ) -> None:
        self._using, self._seconds, self._gated, self._on_server = using, seconds, gated, on_server
        self._outer: Budget | None = None
        self._budget: Budget | None = None

    def __enter__(self) -> None:
        outer = self._outer = getattr(_here, "budget", None)
        using = self._using or alias()
        if outer is not None and outer.conn.alias == using:
            return
        conn = connections[using]
        seconds = config().database_seconds if self._seconds is None else self._seconds
        # In a caller's transaction the server's limit would stay in force after our statements.
        on_server = self._on_server and conn.vendor == "postgresql" and not conn.in_atomic_block
        self._budget = _here.budget = Budget(conn, seconds, gated=self._gated, on_server=on_server)
        self._budget.enter()

    def __exit__(self, *error: object) -> None:
        if self._budget is not None:
            try:
                self._budget.exit()
            finally:
                _here.budget = self._outer


class elsewhere:
    """Stop counting the time, and limit nothing, while something other than our own statements runs."""

    __slots__ = ("_budget",)

    def __enter__(self) -> None:
        self._budget: Budget | None = getattr(_here, "budget", None)
        if self._budget is not None:
            self._budget.exit()
            _here.budget = None

    def __exit__(self, *error: object) -> None:
        if self._budget is not None:
            _here.budget = self._budget
            self._budget.enter()


@contextmanager
def aside() -> Iterator[None]:
    """Give optional work a fifth of the time that is left, so that the work after it has the rest.

    A connection that is too slow here is closed here; the work after it opens a new one.
    """
    budget: Budget | None = getattr(_here, "budget", None)
    if budget is None or budget.late or budget.conn.in_atomic_block:
        yield
        return
    began = time.monotonic()
    fifth = max(budget.ends - began, 0) / 5
    try:
        with elsewhere(), bounded(using=budget.conn.alias, seconds=fifth, on_server=budget.on_server):
            yield
    finally:
        budget.ends -= time.monotonic() - began


@contextmanager
def stopped() -> Iterator[None]:
    """Stop counting the time while no statement runs, such as while a caller sends its body."""
    budget: Budget | None = getattr(_here, "budget", None)
    if budget is None:
        yield
        return
    time_left, budget.ends = budget.ends - time.monotonic(), float("inf")
    try:
        yield
    finally:
        budget.ends = time.monotonic() + time_left


def afresh() -> None:
    """Restart the time after one of many steps; does nothing if the time is over."""
    budget: Budget | None = getattr(_here, "budget", None)
    if budget is not None and not budget.late:
        budget.ends = time.monotonic() + budget.seconds


def is_over() -> bool:
    """Whether the time of this block is over: any further statement is refused."""
    budget: Budget | None = getattr(_here, "budget", None)
    return budget is not None and (budget.late or time.monotonic() >= budget.ends)

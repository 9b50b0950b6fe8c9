"""Threads that start at the same moment, each with database connections of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import Any

from django.db import connections

Together = Callable[..., list[Any]]


@contextmanager
def crowd(size: int, *, refusals: tuple[type[Exception], ...] = ()) -> Iterator[Together]:
    """``with crowd(12) as together: together(act, act, ...)`` calls them all at once.

    Returns what they return, in order; an exception of `refusals` is returned as its class.
    """
    with ThreadPoolExecutor(size) as pool:

        def together(*acts: Callable[[], Any]) -> list[Any]:
            assert len(acts) <= size
            barrier = Barrier(len(acts))
            waiting = [pool.submit(_call, act, barrier, refusals) for act in acts]
            return [future.result(timeout=60) for future in waiting]

        try:
            yield together
        finally:
            together(*[connections.close_all] * size)


def _call(act: Callable[[], Any], barrier: Barrier, refusals: tuple[type[Exception], ...]) -> Any:
    barrier.wait(timeout=30)
    try:
        return act()
    except refusals as refusal:
        return type(refusal)

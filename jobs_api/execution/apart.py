"""Run an inline command apart from the request that started it: in a context of its own.

What the command sets for its context ends with it: the language, the time zone, context variables, the
precision of decimals. And its asynchronous code does not wait for the thread that it occupies itself.
"""

from __future__ import annotations

import decimal
import sys
from collections.abc import Callable
from contextvars import copy_context
from typing import Any, TypeVar

from asgiref.sync import AsyncToSync, SyncToAsync, ThreadSensitiveContext
from django.db import connections
from django.utils import timezone, translation

Result = TypeVar("Result")


def run_apart(function: Callable[..., Result], *args: Any) -> Result:
    """Call it in a copy of this context, in the project's own language and time zone.

    Those of the request must not change what a job does: another executor would not have them.
    """
    return copy_context().run(_in_the_copy, function, *args)


def _in_the_copy(function: Callable[..., Result], *args: Any) -> Result:
    translation.deactivate()
    timezone.deactivate()
    decimal.setcontext(decimal.getcontext().copy())  # the variable is the copy's, its object would be shared
    thread_key, hooks = _take_another_thread_for_async_code(), _hooks()
    try:
        return function(*args)
    finally:
        _put_back(*hooks)
        _end_thread(thread_key)


def _take_another_thread_for_async_code() -> ThreadSensitiveContext:
    """Under ASGI, a view runs in the one thread that its request has for code such as the ORM's.

    The command occupies that thread. A coroutine that it runs by `asyncio.run` would wait for it for ever, so
    such code gets another thread, when it needs one. `async_to_sync` brings it back to the command's own.
    """
    key = ThreadSensitiveContext()
    SyncToAsync.thread_sensitive_context.set(key)
    if (
        getattr(AsyncToSync.executors, "current", None) is not None
    ):  # of an `async_to_sync` around the command
        AsyncToSync.executors.current = None
    return key


def _end_thread(key: ThreadSensitiveContext) -> None:
    thread = SyncToAsync.context_to_thread_executor.pop(key, None)
    if thread is not None:
        thread.submit(connections.close_all)
        thread.shutdown()  # waits, as an interpreter does when it ends


def _hooks() -> tuple[Any, Any, Any]:
    """What code can set for its thread only."""
    return sys.gettrace(), sys.getprofile(), _event_loop()


def _put_back(trace: Any, profile: Any, loop: Any) -> None:
    if sys.gettrace() is not trace:
        sys.settrace(trace)
    if sys.getprofile() is not profile:
        sys.setprofile(profile)
    if _event_loop() is not loop:
        sys.modules["asyncio"].set_event_loop(loop)


def _event_loop() -> Any:
    """The event loop that is set for this thread. To ask asyncio for it would make one, or warn."""
    policy = getattr(sys.modules.get("asyncio.events"), "_event_loop_policy", None)
    return getattr(getattr(policy, "_local", None), "_loop", None)

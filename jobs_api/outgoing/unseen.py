"""Keep our requests out of what traces the host's: their URLs hold secrets.

Sentry and OpenTelemetry, where the host has loaded them, make a span of each request over HTTP, with its URL.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any


@contextmanager
def unseen() -> Iterator[None]:
    """In this block, and in this thread, requests leave no span and no breadcrumb."""
    with ExitStack() as stack:
        _hide_from_sentry(stack)
        _hide_from_opentelemetry(stack)
        yield


def _hide_from_sentry(stack: ExitStack) -> None:
    """Without a span to belong to, one of a request is sent with nothing; the scope is ours."""
    isolation_scope = getattr(sys.modules.get("sentry_sdk"), "isolation_scope", None)  # since 2.0
    if isolation_scope is not None:
        stack.enter_context(isolation_scope())
        sys.modules["sentry_sdk"].get_current_scope().span = None


def _hide_from_opentelemetry(stack: ExitStack) -> None:
    context: Any = sys.modules.get("opentelemetry.context")
    for name in ("_SUPPRESS_INSTRUMENTATION_KEY", "_SUPPRESS_HTTP_INSTRUMENTATION_KEY"):
        key = getattr(context, name, None)
        if key is not None:
            stack.callback(context.detach, context.attach(context.set_value(key, True)))

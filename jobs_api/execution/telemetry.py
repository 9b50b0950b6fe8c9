"""Send what OpenTelemetry has collected in this process before it ends, if the project uses it.

An exporter may hang for as long as it likes, and so may its shutdown, which the SDK does at the exit.
"""

from __future__ import annotations

import atexit
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from jobs_api.text import loggers

logger = loggers.logger(__name__)

SECONDS = 2.0
"""How long the end of a process may take for it; as long as for Sentry."""
SPANS = (("opentelemetry.trace", "get_tracer_provider"), ("opentelemetry._logs", "get_logger_provider"))
METRICS = (("opentelemetry.metrics", "get_meter_provider"),)
_hung: set[int] = set()
"""This process, if a flush has not come back: a second one would wait behind it."""


def flush_all() -> None:
    """At the end of a process: spans, log records and metrics."""
    if not flush(*SPANS, *METRICS):
        logger.warning("OpenTelemetry's exporter took longer than %g s; what it had is lost.", SECONDS)


def flush_child() -> None:
    """At the end of a forked command, whose output is the run's.

    Its metrics are a copy of its parent's, and would contradict them.
    """
    flush(*SPANS)


def flush(*kinds: tuple[str, str]) -> bool:
    """Send what waits. What is not sent in time is left, the exit does not wait for it either: then False."""
    providers = [provider for kind in kinds for provider in _providers(*kind)]
    if not providers or os.getpid() in _hung:
        return True
    done = threading.Event()
    thread = threading.Thread(target=_flush, args=[providers, done], name="jobs_api-telemetry", daemon=True)
    try:
        thread.start()
    except RuntimeError:  # Python 3.12 starts no thread at its exit; the SDK sends what it has there itself
        return True
    if done.wait(SECONDS):
        return True
    _hung.add(os.getpid())
    _give_up(providers)
    return False


def _providers(module: str, getter: str) -> Iterator[Any]:
    """The SDK's provider, where the project has one; nothing is imported."""
    get: Callable[[], Any] | None = getattr(sys.modules.get(module), getter, None)
    provider = get() if get else None
    if hasattr(provider, "force_flush"):
        yield provider


def _flush(providers: list[Any], done: threading.Event) -> None:
    for provider in providers:
        with suppress(Exception):  # the SDK logs what its exporter raises; the others may work
            provider.force_flush(int(SECONDS * 1000))
    done.set()


def _give_up(providers: list[Any]) -> None:
    for provider in providers:
        if shutdown := getattr(provider, "shutdown", None):
            atexit.unregister(shutdown)  # it would wait for half a minute

"""Spans and metrics by OpenTelemetry, where JOBS_API["OPENTELEMETRY"] is on: see docs/tracing.md.

Only the API is used. The SDK and its exporter are the project's; without them nothing is recorded.
"""

from __future__ import annotations

from importlib.util import find_spec

from jobs_api.text import loggers

logger = loggers.logger(__name__)

MISSING = "JOBS_API['OPENTELEMETRY'] is on, but the library opentelemetry-api is not installed."


def is_installed() -> bool:
    """Whether the API of OpenTelemetry can be imported."""
    try:
        return find_spec("opentelemetry.trace") is not None
    except (ImportError, ValueError):  # no opentelemetry at all
        return False


def start_if_installed() -> None:
    """Make spans and metrics from now on. A project without the library runs all the same, and is told."""
    if not is_installed():
        logger.warning("%s Nothing is traced.", MISSING)
        return
    try:
        start()
    except Exception:  # such as a version that is too old; jobs run all the same
        logger.warning("OpenTelemetry could not be used. Nothing is traced.", exc_info=True)


def start() -> None:
    """Make spans and metrics from now on."""
    from jobs_api.execution import process_end, telemetry
    from jobs_api.tracing import attempts, meters, triggers

    for part in (triggers, attempts, meters):
        part.listen()
    process_end.do_before(telemetry.flush_all)


def stop() -> None:
    """Undo `start`, for tests."""
    from jobs_api.tracing import attempts, meters, triggers

    for part in (triggers, attempts, meters):
        part.ignore()

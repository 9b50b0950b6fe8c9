"""Route stdout, stderr, print and logging to the run they belong to, also when threads run several.

`sys.stdout` and `sys.stderr` are replaced, at the first run of a process, by routers that look
up the run of the current context; outside of a run they pass everything through. Threads and
processes that a command starts itself do not share its context: they are not captured.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TextIO

from jobs_api.output import Output, RunStream

_stream: ContextVar[RunStream | None] = ContextVar("jobs_api_stream", default=None)


class Router:
    """Stands in for a standard stream; each context's writes go to its own run."""

    def __init__(self, original: TextIO) -> None:
        self._original = original

    def __getattr__(self, name: str) -> Any:
        return getattr(_stream.get() or self._original, name)

    def write(self, text: str) -> int:
        return (_stream.get() or self._original).write(text)


class RunHandler(logging.Handler):
    """Writes the log records of a run to its output. It looks at no level: loggers decide."""

    def emit(self, record: logging.LogRecord) -> None:
        stream = _stream.get()
        if stream is None or _reaches_a_router(record):
            return
        try:
            stream.write(self.format(record) + "\n")
        except Exception:  # noqa: BLE001 - logging's own rule: no record stops a program
            self.handleError(record)


_handler = RunHandler()
_handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))


def _reaches_a_router(record: logging.LogRecord) -> bool:
    """Whether another handler writes this record to a captured stream: each line once."""
    return any(
        isinstance(getattr(handler, "stream", None), Router)
        and record.levelno >= handler.level
        and handler.filter(record)
        for handler in _handlers_of(logging.getLogger(record.name))
    )


def _handlers_of(logger: logging.Logger | None) -> Iterator[logging.Handler]:
    """The handlers that a record of this logger meets on its way up."""
    while logger is not None:
        yield from logger.handlers
        logger = logger.parent if logger.propagate else None


_loggers_seen = -1


def _install() -> None:
    for name in ("stdout", "stderr"):
        if not isinstance(getattr(sys, name), Router):
            setattr(sys, name, Router(getattr(sys, name)))
    _listen(logging.getLogger())
    _listen_where_records_stop()


def _listen(logger: logging.Logger) -> None:
    if _handler not in logger.handlers:
        logger.addHandler(_handler)


def _listen_where_records_stop() -> None:
    """Add the handler to loggers that do not propagate; looks again only when there are new ones."""
    global _loggers_seen
    known = logging.root.manager.loggerDict
    if len(known) == _loggers_seen:
        return
    for logger in list(known.values()):
        if isinstance(logger, logging.Logger) and not logger.propagate:
            _listen(logger)
    _loggers_seen = len(known)


@contextmanager
def capturing(output: Output) -> Iterator[RunStream]:
    """Send what this context writes to `output`."""
    _install()
    stream = RunStream(output)
    token = _stream.set(stream)
    try:
        yield stream
    finally:
        _stream.reset(token)

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
        if stream is None:
            _last_resort(record)
        elif not _reaches(stream, record):
            try:
                stream.write(self.format(record) + "\n")
            except Exception:  # noqa: BLE001 - logging's own rule: no record stops a program
                self.handleError(record)


_handler = RunHandler()
_handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))


def _last_resort(record: logging.LogRecord) -> None:
    """What Python does with a warning that meets no handler: in a host that has none, it meets ours."""
    resort = logging.lastResort
    if resort is None or record.levelno < resort.level:
        return
    if all(handler is _handler for handler in _handlers_of(logging.getLogger(record.name))):
        resort.handle(record)


def _reaches(stream: RunStream, record: logging.LogRecord) -> bool:
    """Whether another handler writes this record to the run's output: each line once."""
    return any(
        _leads_to(stream, getattr(handler, "stream", None))
        and record.levelno >= handler.level
        and handler.filter(record)
        for handler in _handlers_of(logging.getLogger(record.name))
    )


def _leads_to(stream: RunStream, target: Any) -> bool:
    target = getattr(target, "_out", target)  # Django's OutputWrapper: a command's own stdout
    return target is stream or isinstance(target, Router)


def _handlers_of(logger: logging.Logger | None) -> Iterator[logging.Handler]:
    """The handlers that a record of this logger meets on its way up."""
    while logger is not None:
        yield from logger.handlers
        logger = logger.parent if logger.propagate else None


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
    """Have the handler on each logger that does not propagate, and on no other: hosts change their minds."""
    for logger in list(logging.root.manager.loggerDict.values()):
        if not isinstance(logger, logging.Logger):
            continue
        if not logger.propagate:
            _listen(logger)
        elif logger.handlers:
            logger.removeHandler(_handler)


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

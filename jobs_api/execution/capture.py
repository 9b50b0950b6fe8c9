"""Route stdout, stderr, print and logging to the run they belong to, also when threads run several.

At the first run of a process, `sys.stdout` and `sys.stderr` are replaced by routers that look up
the run of the current context, and so is the way of log records to their handlers. Outside of a
run both pass everything through. Threads and processes that a command starts itself do not share
its context: they are not captured, unless the whole process is the run's.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TextIO

from jobs_api.runs.output import RunStream, Sink

_stream: ContextVar[RunStream | None] = ContextVar("jobs_api_stream", default=None)
_of_process: RunStream | None = None
"""The stream of a process that runs one command and nothing else; its descriptors 1 and 2 lead there."""


def _current() -> RunStream | None:
    return _stream.get() or _of_process


class Router:
    """Replaces a standard stream; the writes of each context go to its own run."""

    def __init__(self, original: TextIO) -> None:
        self._original = original

    def __getattr__(self, name: str) -> Any:
        return getattr(_current() or self._original, name)

    def write(self, text: str) -> int:
        return (_current() or self._original).write(text)


_formatter = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
_faults = logging.Handler()
_CAPTURED = "_jobs_api_captured"
"""Marks a record that a run's output has. Formatters and trackers leave out what begins with "_"."""
_ours: Any = None
"""The newest function of ours in the place of `logging.Logger.callHandlers`."""


def _catch_records() -> None:
    """Receive every record that passes its logger's level, whatever handlers it goes to.

    A handler of ours would miss loggers that do not propagate and what dictConfig clears, and
    one on the root logger would make ``logging.basicConfig`` do nothing. Error trackers take the same place,
    before us or later: what is there now is kept and gets every record.
    """
    global _ours
    theirs = logging.Logger.callHandlers
    if theirs is _ours:
        return

    def hand_over(logger: logging.Logger, record: logging.LogRecord) -> None:
        _capture(logger, record)
        theirs(logger, record)

    _ours = logging.Logger.callHandlers = hand_over  # type: ignore[assignment, method-assign]


def _capture(logger: logging.Logger, record: logging.LogRecord) -> None:
    stream = _current()
    if stream is None or hasattr(record, _CAPTURED):  # by us, behind what has taken our place meanwhile
        return
    setattr(record, _CAPTURED, True)
    if not _reaches(stream, logger, record):
        try:
            stream.write(_formatter.format(record) + "\n")
        except Exception:  # noqa: BLE001 - the rule of logging: no record stops a program
            _faults.handleError(record)


def _reaches(stream: RunStream, logger: logging.Logger, record: logging.LogRecord) -> bool:
    """Whether another handler writes this record to the run's output: each line once."""
    handlers = list(_handlers_of(logger)) or filter(None, [logging.lastResort])
    return any(
        _leads_to(stream, getattr(handler, "stream", None))
        and record.levelno >= handler.level
        and handler.filter(record)
        for handler in handlers
    )


def _leads_to(stream: RunStream, target: Any) -> bool:
    target = getattr(target, "_out", target)  # Django's OutputWrapper: a command's own stdout
    if target is stream or isinstance(target, Router):
        return True
    return _of_process is not None and target in (sys.__stdout__, sys.__stderr__)


def _handlers_of(logger: logging.Logger | None) -> Iterator[logging.Handler]:
    """The handlers that a record of this logger meets on its way up."""
    while logger is not None:
        yield from logger.handlers
        logger = logger.parent if logger.propagate else None


def _install() -> None:
    for name in ("stdout", "stderr"):
        if not isinstance(getattr(sys, name), Router):
            setattr(sys, name, Router(getattr(sys, name)))
    _catch_records()


def capture_process(stream: RunStream) -> None:
    """Send everything that this process writes, from any thread, to the run; this cannot be undone."""
    global _of_process
    _of_process = stream


class _Unkept:
    """The output of a forked process: the parent, which stores the run's output, cannot see it."""

    def write(self, data: bytes) -> None:
        while data:
            data = data[os.write(2, data) :]


def pass_on() -> None:
    """In a process that an inline command has forked: its output is not stored with the run.

    It also does not wait for a lock that a thread of the parent held.
    """
    stream = _stream.get()
    if stream is not None:
        stream.lead_to(_Unkept())


@contextmanager
def capturing(output: Sink) -> Iterator[RunStream]:
    """Send everything that this context writes to `output`."""
    _install()
    stream = RunStream(output)
    token = _stream.set(stream)
    try:
        yield stream
    finally:
        _stream.reset(token)

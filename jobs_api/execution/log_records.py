"""Give the log records of a run to its output: each line once, whatever handlers there are."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from jobs_api.execution import server_log
from jobs_api.execution.standard_streams import Printed, Standard
from jobs_api.execution.streams import Streams, copying, current, is_the_processes
from jobs_api.runs.run_stream import RunBytes
from jobs_api.text.loggers import CAPTURED, NEVER

_formatter = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
_faults = logging.Handler()
_ours: Any = None
"""The newest function of ours in the place of `logging.Logger.callHandlers`."""
BELOW = ("_out", "buffer", "stream")
"""Where wrappers keep what they write to: Django's OutputWrapper, the text layer of io, writers of codecs."""


def catch() -> None:
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
        streams = current()
        if streams is None:
            theirs(logger, record)
            return
        if is_the_processes(streams) and getattr(record, CAPTURED, "") == NEVER:
            _write_past(streams, logger, record)
            return
        _capture(streams, logger, record)
        before, copying.off = getattr(copying, "off", False), True
        try:
            theirs(logger, record)
        finally:
            copying.off = before

    _ours = logging.Logger.callHandlers = hand_over  # type: ignore[assignment, method-assign]


def _capture(streams: Streams, logger: logging.Logger, record: logging.LogRecord) -> None:
    if hasattr(record, CAPTURED):  # by us, behind what has taken our place meanwhile
        return
    setattr(record, CAPTURED, True)
    try:
        if not _reaches(streams, logger, record):
            streams.stream.write(_formatter.format(record) + "\n")
    except Exception:  # noqa: BLE001 - the rule of logging: no record stops a program
        _faults.handleError(record)


def _write_past(streams: Streams, logger: logging.Logger, record: logging.LogRecord) -> None:
    """Give it to the handlers, and what they would write to the run's output to the log of this process."""
    for handler in _handlers_of(logger):
        if record.levelno < handler.level:
            continue
        if not _leads_to(streams, getattr(handler, "stream", None)):
            handler.handle(record)
        elif handler.filter(record):
            server_log.write(handler.format(record) + "\n")


def _reaches(streams: Streams, logger: logging.Logger, record: logging.LogRecord) -> bool:
    """Whether another handler writes this record to the run's output: each line once."""
    handlers = list(_handlers_of(logger)) or filter(None, [logging.lastResort])
    return any(
        _leads_to(streams, getattr(handler, "stream", None))
        and record.levelno >= handler.level
        and handler.filter(record)
        for handler in handlers
    )


def _leads_to(streams: Streams, target: Any) -> bool:
    """Whether what is written there arrives in this run's output, also through a few wrappers."""
    for _ in range(4):
        if isinstance(target, Printed):
            target = target.target()
        if target is streams.stream or isinstance(target, Standard):
            return True
        if isinstance(target, RunBytes):
            return target.stream is streams.stream
        if is_the_processes(streams) and target in (sys.__stdout__, sys.__stderr__):
            return True
        target = _below(target)
    return False


def _below(target: Any) -> Any:
    with suppress(Exception):  # a wrapper may raise anything, such as a text layer that was detached
        return next(filter(None, (getattr(target, name, None) for name in BELOW)), None)
    return None


def _handlers_of(logger: logging.Logger | None) -> Iterator[logging.Handler]:
    """The handlers that a record of this logger meets on its way up."""
    while logger is not None:
        yield from logger.handlers
        logger = logger.parent if logger.propagate else None

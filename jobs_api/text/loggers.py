"""Our loggers: text that a record quotes from callers and commands cannot control a terminal."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from jobs_api.text import unbroken, visible

CAPTURED = "_jobs_api_captured"
"""Marks a record that a run's output has. Formatters and trackers leave out what begins with "_"."""
NEVER = "never"
"""Marks one that it is not to have, as its value."""
_formatter = logging.Formatter()
_faults = logging.Handler()


def logger(name: str) -> logging.Logger:
    """The logger of a module; all our loggers are made here.

    A handler or a filter of the host that raises is reported as `logging` does it, and stops nothing of ours.
    """
    named = logging.getLogger(name)
    named.addFilter(_make_arguments_visible)
    named.handle = partial(_handle, named)  # type: ignore[method-assign]
    return named


def keep_from(name: str, keep: Callable[[logging.LogRecord], bool]) -> None:
    """Let the logger of a library drop the records that `keep` refuses."""
    found = logging.getLogger(name)
    if keep not in found.filters:
        found.addFilter(keep)


def _handle(named: logging.Logger, record: logging.LogRecord) -> None:
    try:
        type(named).handle(named, record)
    except Exception:  # noqa: BLE001 - the rule of logging: no record stops a program
        report_fault(record)


def report_fault(record: logging.LogRecord | None = None) -> None:
    """Tell on standard error what a handler has just raised."""
    _faults.handleError(record or logging.makeLogRecord({"msg": "A line of jobs_api"}))


def quiet(name: str) -> None:
    """Make the messages of a logger that is not ours safe, too: each becomes one visible line."""
    logging.getLogger(name).addFilter(_make_message_visible)


def _make_message_visible(record: logging.LogRecord) -> bool:
    try:
        message = record.getMessage()
    except (TypeError, ValueError, LookupError):
        return True  # the host's own wrong format: its handler reports it
    if unbroken(message) != message:
        record.msg, record.args = unbroken(message), None
    return True


def _make_arguments_visible(record: logging.LogRecord) -> bool:
    """Change the record before any handler, including the host's own, formats it."""
    if isinstance(record.args, tuple):
        record.args = tuple(map(_visible_value, record.args))
    elif record.args:
        record.args = {name: _visible_value(value) for name, value in record.args.items()}
    if record.exc_info:
        text = _formatter.formatException(record.exc_info)
        if visible(text) != text:  # otherwise the handler's own formatter does it
            record.exc_text = visible(text)
    return True


def _visible_value(value: Any) -> Any:
    """Numbers and the like unchanged; text, and objects that are formatted as text, made visible."""
    return unbroken(str(value)) if isinstance(value, (str, bytes, BaseException)) else value

"""Our loggers: text that a record quotes from callers and commands cannot control a terminal."""

from __future__ import annotations

import logging
from typing import Any

from jobs_api.text import unbroken, visible

_formatter = logging.Formatter()


def logger(name: str) -> logging.Logger:
    """The logger of a module; all our loggers are made here."""
    named = logging.getLogger(name)
    named.addFilter(_make_arguments_visible)
    return named


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

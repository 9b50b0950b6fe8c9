"""Our loggers: what a record quotes from callers and commands is shown, and acts on no terminal."""

from __future__ import annotations

import logging
from typing import Any

from jobs_api.text import unbroken, visible

_formatter = logging.Formatter()


def logger(name: str) -> logging.Logger:
    """The logger of a module; each of ours is made here."""
    found = logging.getLogger(name)
    found.addFilter(_show)
    return found


def quiet(name: str) -> None:
    """Let a logger that is not ours do the same: whole lines, each as one line."""
    logging.getLogger(name).addFilter(_show_whole)


def _show_whole(record: logging.LogRecord) -> bool:
    try:
        told = record.getMessage()
    except (TypeError, ValueError, LookupError):
        return True  # a format of the host's own, which its handler will complain of
    if unbroken(told) != told:
        record.msg, record.args = unbroken(told), None
    return True


def _show(record: logging.LogRecord) -> bool:
    """Change the record before any handler, the host's own included, has seen it."""
    if isinstance(record.args, tuple):
        record.args = tuple(map(_shown, record.args))
    elif record.args:
        record.args = {name: _shown(value) for name, value in record.args.items()}
    if record.exc_info:
        told = _formatter.formatException(record.exc_info)
        if visible(told) != told:  # else it is left to the handler's own formatter
            record.exc_text = visible(told)
    return True


def _shown(value: Any) -> Any:
    """Numbers and the like as they are; what is text, or would be turned into it, can be seen."""
    return unbroken(str(value)) if isinstance(value, (str, bytes, BaseException)) else value

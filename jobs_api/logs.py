"""Log records as JSON, one object in a line: for Loki, CloudWatch, Datadog and others that read such lines.

    LOGGING = {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "jobs_api.logs.JSONFormatter"}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["console"], "level": "INFO"},
    }

It takes records of any logger. This module imports nothing of Django: it is there before the apps are.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from jobs_api.text import json_safe, visible

TRANSITIONS = "jobs_api.transitions"
"""The logger of one line for each transition."""

_STANDARD = {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"}
_PLAIN = re.compile(r"[\w.:+@/%-]+", re.ASCII)
_FIRST = ("timestamp", "level", "logger", "message")
MOST_CHARACTERS = 16_000
"""Of one value: collectors cut longer lines, and then they are no JSON any more."""


class JSONFormatter(logging.Formatter):
    """One JSON object per record: `timestamp`, `level`, `logger`, `message`, and what `extra` has.

    An exception is in `exception`, a stack in `stack`. What JSON does not know is written as text. It writes
    ASCII only, so a value cannot break the line, or act on a terminal.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        extra = {
            name: value
            for name, value in vars(record).items()
            if name not in _STANDARD and name not in _FIRST and not name.startswith("_")
        }
        is_ours = record.name == TRANSITIONS and "event" in extra
        told = {
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": extra.pop("event") if is_ours else record.getMessage(),
            **extra,
        }
        if record.exc_info or record.exc_text:
            told["exception"] = record.exc_text or self.formatException(record.exc_info)  # type: ignore[arg-type]
        if record.stack_info:
            told["stack"] = self.formatStack(record.stack_info)
        return json_safe(_dumped({str(name): _short(value) for name, value in told.items()}))


def _short(value: Any) -> Any:
    return value[:MOST_CHARACTERS] if isinstance(value, str) else value


def _dumped(told: Mapping[str, Any]) -> str:
    try:
        return json.dumps(told, default=_text, allow_nan=False)
    except (ValueError, TypeError, RecursionError):  # NaN, keys that are no text, a value that holds itself
        return json.dumps({name: _simple(value) for name, value in told.items()})


def _simple(value: Any) -> Any:
    return value if value is None or isinstance(value, (bool, int, str)) else _text(value)


def _text(value: Any) -> str:
    try:
        return str(value)[:MOST_CHARACTERS]
    except Exception:  # noqa: BLE001 - whatever a host puts into `extra`
        return f"({type(value).__name__}, whose text cannot be made)"


def logfmt(values: Mapping[str, Any]) -> str:
    r"""`key=value` pairs in one line; a value that is not plain stands in quotes, as JSON writes text."""
    return " ".join(f"{name}={_quoted(str(value))}" for name, value in values.items())


def _quoted(text: str) -> str:
    if _PLAIN.fullmatch(text):
        return text
    is_safe = visible(text) == text
    return json.dumps(text, ensure_ascii=False) if is_safe else json_safe(json.dumps(text))

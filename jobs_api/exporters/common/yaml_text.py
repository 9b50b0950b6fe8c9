"""Values as YAML in block style: every string is quoted, so that no text is read as anything else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

KEY = re.compile(r"[A-Za-z][A-Za-z0-9_:.-]*[A-Za-z0-9]|[A-Za-z]", re.ASCII)
"""What stands as a key without quotes."""
WORDS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}
UNPRINTABLE = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
"""What YAML allows as an escape only, and its two line separators."""


def block(value: Mapping[str, Any], indent: int = 0) -> str:
    """A mapping as lines, each with a newline, all indented by that many spaces."""
    return "".join(f"{' ' * indent}{line}\n" for line in _mapping(value))


def scalar(value: str | int | float | bool | None) -> str:
    """One value on one line."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return UNPRINTABLE.sub(lambda match: _escaped(match[0]), text)


def _escaped(character: str) -> str:
    return f"\\u{ord(character):04x}"


def _mapping(value: Mapping[str, Any]) -> Iterator[str]:
    for key, member in value.items():
        yield from _after(f"{_key(key)}:", member, "  ")


def _sequence(value: Sequence[Any]) -> Iterator[str]:
    for member in value:
        if isinstance(member, Mapping) and member:
            first, *others = _mapping(member)
            yield f"- {first}"
            yield from (f"  {line}" for line in others)
        else:
            yield from _after("-", member, "  ")


def _after(start: str, value: Any, step: str) -> Iterator[str]:
    if isinstance(value, Mapping) and value:
        yield start
        yield from (step + line for line in _mapping(value))
    elif isinstance(value, (list, tuple)) and value:
        yield start
        yield from (step + line for line in _sequence(value))
    else:
        yield f"{start} {_empty(value) if isinstance(value, (Mapping, list, tuple)) else scalar(value)}"


def _empty(value: Any) -> str:
    return "{}" if isinstance(value, Mapping) else "[]"


def _key(key: str) -> str:
    return key if KEY.fullmatch(key) and key.lower() not in WORDS else scalar(key)

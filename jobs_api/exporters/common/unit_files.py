"""Unit files of systemd."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

PLAIN = re.compile(r"[\w@%+=:,./-]+", re.ASCII)

Value = str | Sequence[str]
Sections = Mapping[str, Mapping[str, Value]]


def unit(comments: Iterable[str], sections: Sections) -> str:
    """A unit's text; a key whose value is empty is left out, one with several has several lines."""
    top = "".join(f"# {comment}\n" for comment in comments)
    return top + "".join(_section(name, keys) for name, keys in sections.items())


def _section(name: str, keys: Mapping[str, Value]) -> str:
    lines = (
        f"{key}={text}\n"
        for key, value in keys.items()
        for text in ([value] if isinstance(value, str) else value)
        if text
    )
    return f"\n[{name}]\n{''.join(lines)}"


def text(value: str) -> str:
    """A value that is no command line, such as a path or a description: without specifiers, on one line."""
    return " ".join(value.split()).rstrip("\\").replace("%", "%%")


def word(value: str) -> str:
    """One word of ExecStart: no specifier, variable or quote of it means anything."""
    plain = value.replace("%", "%%").replace("$", "$$")
    if PLAIN.fullmatch(plain):
        return plain
    return '"{}"'.format(plain.replace("\\", "\\\\").replace('"', '\\"'))

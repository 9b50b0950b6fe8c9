"""The `jobs.py` that an import prints: declarations, and everything else in comments of one line each."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from textwrap import TextWrapper
from typing import Any

from jobs_api.importers.common.entry import Entry
from jobs_api.importers.common.literals import literal
from jobs_api.registry.job import Job
from jobs_api.text import unbroken
from jobs_api.text.secrets import masked

WIDTH = 79
INDENT = "    "
ORDER = [field.name for field in dataclasses.fields(Job)]


def jobs_py(command: str, head: Iterable[str], entries: Iterable[Entry]) -> str:
    """The source of the module. `command`: what wrote it; `head`: sentences about the source."""
    lines = [
        f'"""From {command}: read each comment, then delete it."""',
        "",
        *_comment(" ".join(head)),
    ]
    lines += ["", *_body(list(entries))] if lines[-1] else _body(list(entries))
    return "\n".join(lines) + "\n"


def _body(entries: list[Entry]) -> Iterator[str]:
    yield "from jobs_api import Job"
    yield ""
    if not entries:
        yield "jobs = []"
        return
    yield "jobs = ["
    for entry in entries:
        yield from (f"{INDENT}{line}".rstrip() for line in _entry(entry))
    yield "]"


def _entry(entry: Entry) -> Iterator[str]:
    width = WIDTH - len(INDENT)
    if entry.reason:
        yield from _comment(f"NOT CARRIED OVER: {masked(entry.reason)}", width)
    for line in entry.original:
        yield f"# {unbroken(masked(line))}".rstrip()
    for note in entry.notes:
        yield from _comment(f"- {note}", width, "  ")
    if entry.fields is not None:
        start = "# " if entry.reason else ""
        yield from (f"{start}{line}" for line in declaration(entry.fields))


def _comment(text: str, width: int = WIDTH, indent: str = "") -> Iterator[str]:
    """Sentences as lines of comment; a word that is longer than a line stays whole."""
    wrapper = TextWrapper(width - 2, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    for line in wrapper.wrap(unbroken(text)):
        yield f"# {line}"


def declaration(fields: Mapping[str, Any]) -> list[str]:
    """`Job(...)` with a comma: on one line if it fits, else a line for each field."""
    given = [(name, fields[name]) for name in ORDER if name in fields and name != "name"]
    parts = [literal(fields["name"]), *(f"{name}={literal(_plain(value))}" for name, value in given)]
    line = f"Job({', '.join(parts)}),"
    if len(line) + len(INDENT) <= WIDTH:
        return [line]
    return ["Job(", *(f"{INDENT}{line}" for part in parts for line in _broken(part)), "),"]


def _broken(part: str) -> Iterator[str]:
    """A field on one line, or with a line for each item of a list that is too long."""
    name, _, value = part.partition("=")
    if len(part) + 2 * len(INDENT) < WIDTH or not value.startswith("["):
        yield f"{part},"
        return
    yield f"{name}=["
    yield from (f"{INDENT}{literal(item)}," for item in ast.literal_eval(value))
    yield "],"


def _plain(value: Any) -> Any:
    """Whole seconds without a fraction."""
    return int(value) if isinstance(value, float) and value.is_integer() else value

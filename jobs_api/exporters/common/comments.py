"""The comments of an export: what it is, and of each entry the declaration, as `jobs_import` reads it."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator, Mapping
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from jobs_api.exporters.common.plan import Entry
from jobs_api.registry.job import Job
from jobs_api.text.secrets import hidden, hidden_words

if TYPE_CHECKING:
    from jobs_api.exporters.common.exporter import Exporter
    from jobs_api.exporters.common.plan import Plan

MARK = "jobs_api: "
"""What stands before the JSON of a declaration."""
PURPOSE = "triggers the jobs that are declared in this project's jobs.py files."
"""By which our own files are recognised."""
TITLE = re.compile(rf"(\w[^\n]*): {re.escape(PURPOSE)}")
WRITTEN_BY = re.compile(r"Written by: (manage\.py jobs_export [^\n]*?)(?:\",?|-->)?\s*$", re.MULTILINE)
LOCAL = {"params", "executor", "executor_options"}
"""Fields that are of no use elsewhere."""


def head(exporter: Exporter, plan: Plan) -> list[str]:
    """The first lines, without comment marks: what it is, from which declarations, how to apply it."""
    lines = [
        f"{exporter.title}: {PURPOSE}",
        f"Written by: {plan.written_by}",
        "Do not edit: change the declarations and write it again; --check tells whether it is up to date.",
        *(line for text in exporter.how_to_apply(plan).splitlines() for line in _wrapped(text)),
    ]
    lines += [f"Not here: {refusal.job.name}: {refusal.reason}" for refusal in plan.refused]
    demand = f"Not here, because they have no schedule: {', '.join(plan.on_demand)}."
    return lines + (_wrapped(demand) if plan.on_demand else [])


def origin(text: str) -> tuple[str, str]:
    """Of an export: the platform's title, and the command that wrote it; empty where it does not say so."""
    title, command = TITLE.search(text), WRITTEN_BY.search(text)
    return title.group(1) if title else "", command.group(1) if command else ""


def commented(exporter: Exporter, lines: list[str]) -> str:
    """Lines as comments, each with a newline."""
    return "".join(f"{exporter.comment} {line}".rstrip() + "\n" for line in lines)


def marker(entry: Entry) -> str:
    """What an entry comes from, without comment mark: `jobs_api: {"name": ...}`; one line."""
    return MARK + (declaration(entry.job) if entry.job else json.dumps({"run_due": True}))


def declaration(job: Job) -> str:
    """A job as JSON: name, zone, and what differs from the defaults; `***` for what looks like a secret."""
    return json.dumps(dict(_members(job)), ensure_ascii=True, default=_plain)


def _plain(value: object) -> object:
    """What JSON does not know: sets as lists, and paths, dates and the like as text."""
    if isinstance(value, Mapping):
        return dict(value)
    return sorted(value, key=repr) if isinstance(value, (set, frozenset)) else str(value)


def _wrapped(text: str) -> list[str]:
    """Lines of comment. No name, address or path is broken, and no command: those begin with spaces."""
    if text.startswith("  "):
        return [text]
    return wrap(text, 100, break_long_words=False, break_on_hyphens=False)


def _members(job: Job) -> Iterator[tuple[str, Any]]:
    usual = Job(job.name)
    yield "name", job.name
    for field in dataclasses.fields(job):
        value = getattr(job, field.name)
        if field.name == "timezone" and job.schedule is not None:
            value = job.slots.timezone  # another project may have another TIME_ZONE
        follows = field.name == "command" and job.call is not None  # from `call`
        if not follows and field.name not in LOCAL and value != getattr(usual, field.name):
            yield field.name, _shown(field.name, value)


def _shown(field: str, value: Any) -> Any:
    """An export is committed, and read by many."""
    if field == "args":
        return hidden_words(value)
    return hidden(value) if field == "options" else value

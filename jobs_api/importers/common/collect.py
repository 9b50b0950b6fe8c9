"""Make jobs of the entries: unique names, checked fields; what does not pass becomes a comment."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from jobs_api import executors
from jobs_api.arguments.faults import faults
from jobs_api.importers.common import markers
from jobs_api.importers.common.call import command_notes, secret_notes
from jobs_api.importers.common.cron_fields import warnings
from jobs_api.importers.common.entry import CannotCarry, Entry
from jobs_api.importers.common.literals import literal
from jobs_api.importers.common.names import Names, slug
from jobs_api.registry.job import Job
from jobs_api.registry.validation import check
from jobs_api.text.secrets import holds_secret, masked, without_secrets

HERE = "the import"


def collected(entries: Iterable[Entry], marked: Mapping[str, Entry]) -> Iterator[Entry]:
    """The entries, ready to be printed; those that markers declare come first, and are not read twice."""
    names = Names()
    for entry in marked.values():
        yield entry if entry.fields is None else _checked(entry, names)
    for entry in entries:
        if entry.fields is not None and markers.is_ours(entry.fields):
            yield from _ours(entry, marked)
        elif entry.fields is not None:
            yield _checked(entry, names)
        else:
            yield entry


def _ours(entry: Entry, marked: Mapping[str, Entry]) -> Iterator[Entry]:
    """An entry that triggers jobs of jobs_api: its marker declares the job, or else the project does."""
    fields = entry.fields or {}
    due = markers.is_run_due(fields)
    if (marked and due) or (not due and fields["args"][0] in marked):
        return
    what = "what is due" if due else f"the job {fields['args'][0]!r}"
    yield dataclasses.replace(entry, fields=None, notes=(f"It triggers {what} in jobs_api already.",))


def _checked(entry: Entry, names: Names) -> Entry:
    """The entry of a job."""
    fields, left = _safe(dict(entry.fields or {}))
    wish = str(fields.pop("name"))
    notes = [*entry.notes, *secret_notes(left)]
    name = names.unique(wish)
    if name != wish:
        notes.append(_renamed(wish))
        if not fields.get("call"):
            fields.setdefault("command", wish)
    if fields.get("command") == name:
        del fields["command"]
    job = Job(name, **fields)
    if fault := _fault(job):
        original = entry.original or (f"{wish}, as a comment declares it",)
        return Entry(original=original, reason=entry.reason or fault)
    notes += _of_schedule(job, entry.reason) + _of_command(job, entry.reason)
    return dataclasses.replace(entry, fields={"name": name, **fields}, notes=tuple(notes))


def _renamed(wish: str) -> str:
    return f"It was called {wish!r}." if slug(wish) != wish else f"{wish!r} is the name of a job above."


def _fault(job: Job) -> str:
    """What our checks say of its fields, and whether they can be written down; empty if all is well."""
    found = next(check(job, HERE, executors.fault), None)
    if found is not None:
        return f"{found.text.removeprefix(f'Job {job.name!r} in {HERE}: ')} {found.hint}"
    try:
        literal([list(job.args), dict(job.options), job.command, job.description])
    except CannotCarry as error:
        return str(error)
    return ""


def _of_schedule(job: Job, reason: str) -> list[str]:
    return [] if reason or job.schedule is None else list(warnings(job.slots.expression or "* * * * *"))


def _of_command(job: Job, reason: str) -> list[str]:
    """What `manage.py check` will say about the command and its arguments."""
    if reason or getattr(job, "call", None):
        return []
    return command_notes(job.command) or [
        f"manage.py check says: {masked(text)}" for _, text, _ in faults(job)
    ]


def _safe(fields: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The fields without values that look like secrets, and the names of those."""
    given, options = fields.get("args", []), fields.get("options", {})
    if not isinstance(given, (list, tuple)) or not isinstance(options, Mapping):
        return fields, []  # the checks refuse it
    args, left = without_secrets(given)
    options = dict(options)
    for name in [name for name, value in options.items() if holds_secret(value, str(name))]:
        del options[name]
        left.append(str(name))
    for name, value in (("args", args), ("options", options)):
        fields.pop(name, None)
        fields |= {name: value} if value else {}
    return fields, left

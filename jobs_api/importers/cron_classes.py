"""The setting CRON_CLASSES of django-cron, which no supported Django can import any more."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from jobs_api.importers.common import calls, loading
from jobs_api.importers.common.entry import Entry
from jobs_api.importers.common.importer import Importer, Source, required, zone_fields
from jobs_api.registry.job import Job

OURS = "jobs_api.compat.django_cron"
NO_LINE = (
    "No cron line says when it is due. With jobs_api.compat.django_cron in INSTALLED_APPS, "
    "`manage.py runcrons` starts it as before."
)


class CronClasses(Importer):
    """Imports the classes, with our shape of django-cron in the place of django-cron."""

    def read(self, source: Source) -> Iterable[Entry]:
        """Every class is an entry, or several: one for each cron line that its schedule needs."""
        _, paths = required(source.settings, "CRON_CLASSES")
        classes = loading.module(f"{OURS}.classes", "It is a part of jobs_api.")
        for path in [paths] if isinstance(paths, str) else paths:
            yield from _entries(path, classes, source)


def _entries(path: Any, classes: Any, source: Source) -> Iterator[Entry]:
    original = (calls.shown(path),)
    try:
        with _shape():
            cron = classes.load(path)
    except classes.BadCronJobError as error:
        yield Entry(original=original, reason=str(error))
        return
    for job, part in cron.parts:
        fields = {**_fields(job), **zone_fields(source.timezone)}
        reason = NO_LINE if part.line is None else ""
        yield Entry(original=original, fields=None if reason else fields, reason=reason)


@contextmanager
def _shape() -> Iterator[None]:
    """`from django_cron import CronJobBase` gives ours."""
    before = sys.modules.get("django_cron")
    sys.modules["django_cron"] = loading.module(OURS, "It is a part of jobs_api.")
    try:
        yield
    finally:
        if before is None:
            del sys.modules["django_cron"]
        else:
            sys.modules["django_cron"] = before


def _fields(job: Job) -> dict[str, Any]:
    """What differs from the defaults."""
    usual = Job(job.name)
    values = {field.name: getattr(job, field.name) for field in dataclasses.fields(job)}
    del values["command"]  # it follows from `call`
    return {name: value for name, value in values.items() if name == "name" or value != getattr(usual, name)}


importer = CronClasses(
    "CRON_CLASSES of django-cron",
    example="cron-classes",
    notes=(
        "In the modules of the classes, write",
        "`from jobs_api.compat.django_cron import CronJobBase, Schedule`: django-cron 0.6 cannot be imported",
        "on Django 5.2. With jobs_api.compat.django_cron in INSTALLED_APPS the classes become jobs by",
        "themselves, and this file is not needed.",
    ),
)

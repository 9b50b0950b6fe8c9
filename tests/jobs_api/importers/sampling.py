"""The samples in the folder of the same name: what each importer reads, and the jobs.py that it prints."""

from __future__ import annotations

import dataclasses
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

from jobs_api import Job
from jobs_api.importers import all_importers
from jobs_api.importers.common import imported
from jobs_api.importers.common.imported import Imported
from jobs_api.importers.common.importer import Source

FOLDER = Path(__file__).parent / "samples"
EXPECTED = ".jobs.py"
HELPERS = ("cron-classes/samples_of_cron_classes.py",)
OPTIONS: dict[str, dict[str, Any]] = {
    "crontab/plain.crontab": {"timezone": "Europe/Berlin"},
    "cronjobs/plain.py": {"timezone": "America/New_York"},
    "celery-beat/app.py": {"app": "sample:app"},
    "apscheduler/cron.py": {"app": "sample:scheduler"},
    "apscheduler/intervals.py": {"app": "sample:scheduler"},
}
"""What the command line says beside the file."""


def named(path: Path) -> str:
    """The source and the file: crontab/plain.crontab."""
    return str(path.relative_to(FOLDER))


def all_samples() -> list[Path]:
    """What is read in this process; the rows of databases are read in their own."""
    found = [path for path in FOLDER.rglob("*") if path.is_file() and not path.name.endswith(EXPECTED)]
    return sorted(
        path
        for path in found
        if "__pycache__" not in path.parts and "rows" not in path.parts and named(path) not in HELPERS
    )


def expected(path: Path) -> Path:
    """The file beside it that holds what is printed."""
    return path.with_name(path.name + EXPECTED)


def read(path: Path) -> Imported:
    """Import it as `manage.py jobs_import` does."""
    source = named(path).partition("/")[0]
    options = OPTIONS.get(named(path), {})
    with _surroundings(path):
        return imported.run(source, all_importers()[source], _source(path, options))


def _source(path: Path, options: dict[str, Any]) -> Source:
    if path.suffix != ".py":
        text = path.read_bytes().decode("utf-8-sig", "surrogateescape").replace("\r\n", "\n")
        return Source(text=text, path=str(path), **options)
    module = sys.modules["sample"]
    settings = {name: value for name, value in vars(module).items() if name.isupper()}
    return Source(settings=SimpleNamespace(**settings), **options)


@contextmanager
def _surroundings(path: Path) -> Iterator[None]:
    """The sample as a module, if it is one. django-cron cannot be imported, as on Django 5.2."""
    before = sys.modules.get("django_cron")
    sys.modules["django_cron"] = None  # type: ignore[assignment]
    try:
        with mock.patch.object(sys, "path", [str(path.parent), *sys.path]):
            if path.suffix == ".py":
                _load("sample", path)
            yield
    finally:
        for name in ("django_cron", "sample", "samples_of_cron_classes"):
            sys.modules.pop(name, None)
        if before is not None:
            sys.modules["django_cron"] = before


def _load(name: str, path: Path) -> None:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[name])


def jobs_of(text: str) -> list[Job]:
    """Run what was printed, in a namespace of its own, as the import of a jobs.py does."""
    namespace: dict[str, Any] = {}
    exec(compile(text, "jobs.py", "exec"), namespace)  # noqa: S102 - that it does nothing else is tested
    return list(namespace["jobs"])


def as_fields(job: Job) -> dict[str, Any]:
    """A job as values that can be compared; its zone also where TIME_ZONE gives it."""
    values = {field.name: getattr(job, field.name) for field in dataclasses.fields(job)}
    return {**values, "args": list(job.args), "timezone": job.slots.timezone}

"""Find every app's ``jobs.py``, and fill the registry with the jobs that are declared without a fault."""

from __future__ import annotations

import re
import sys
import traceback
from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Any

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import module_has_submodule

from jobs_api import registry
from jobs_api.registry.job import Job
from jobs_api.registry.validation import ExecutorFault, Fault, check, no_such_field

faults: list[Fault] = []
"""The faults that `load` found; `checks` reports them."""


def load(executor_fault: ExecutorFault) -> None:
    """Fill the registry from all installed apps. A server refuses to start if there is a fault.

    Args:
        executor_fault: returns what is wrong with the executor that a job names: `executors.fault`.

    Raises:
        ImproperlyConfigured: lists every fault; not under manage.py, which shows them as system checks.
    """
    faults.clear()
    declared = list(_declared())
    faults.extend(_duplicates(declared))
    good = []
    for where, job in declared:
        found_faults = list(check(job, where, executor_fault))
        faults.extend(found_faults)
        good.extend([] if found_faults else [job])
    registry.fill(good)
    if not _in_management():
        require_sound()


def require_sound() -> None:
    """Raise `ImproperlyConfigured` if `load` found faults; the message lists all of them."""
    if faults:
        raise ImproperlyConfigured("jobs_api found errors in declared jobs:\n" + "\n".join(map(str, faults)))


def caution() -> str:
    """The sentence that faulty declarations hide jobs, for whoever looks for one; empty without faults."""
    return "Some declarations have errors, which hide jobs: see manage.py check." if faults else ""


def known() -> str:
    """The sentences that name all jobs, for an error about a job that does not exist."""
    names = registry.names() or ("none" if faults else "none: declare them in <app>/jobs.py")
    return f"There are: {names}. {caution()}".rstrip()


def _in_management() -> bool:
    """Whether manage.py or django-admin started this process: then the system checks report the faults."""
    frame = sys._getframe()
    while frame.f_back is not None:
        frame = frame.f_back
        if frame.f_globals.get("__name__") == "django.core.management" and frame.f_code.co_name == "execute":
            return True
    return False


def _declared() -> Iterator[tuple[str, Job]]:
    for app in apps.get_app_configs():
        name = f"{app.name}.jobs"
        if app.module is None or not module_has_submodule(app.module, "jobs"):
            continue
        for job in _list_of(name):
            if isinstance(job, Job):
                yield name, job
            else:
                faults.append(
                    Fault(
                        "jobs_api.E002", f"{name}.jobs contains {job!r:.80}.", "List Job(...) objects only."
                    )
                )


def _list_of(name: str) -> list[Any]:
    """The list of one module; a module that cannot be imported is a fault like any other."""
    try:
        declared = getattr(import_module(name), "jobs", None)
    except Exception as error:  # noqa: BLE001 - whatever a module raises is reported as its fault
        faults.append(_unreadable(name, error))
        return []
    if isinstance(declared, (list, tuple)):
        return list(declared)
    faults.append(
        Fault("jobs_api.E002", f"{name} has no list called `jobs`.", 'Write `jobs = [Job("name", ...)]`.')
    )
    return []


UNKNOWN_FIELD = re.compile(r"\bJob\.__init__\(\) got an unexpected keyword argument '(\w+)'")
"""Python's own words. If a later Python has others, they are shown as they are."""


def _unreadable(name: str, error: Exception) -> Fault:
    """The error, the line of the module that raised it, and what it hides."""
    text, hint = f"{type(error).__name__}: {error}", "Fix that line."
    if isinstance(error, TypeError) and (match := UNKNOWN_FIELD.search(str(error))):
        text, hint = no_such_field(match[1])
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.name == "<module>"]
    line = f" (line {lines[-1]})" if lines else ""
    return Fault("jobs_api.E001", f"{name} cannot be imported, which hides all its jobs: {text}{line}", hint)


def _duplicates(declared: Iterable[tuple[str, Job]]) -> Iterator[Fault]:
    first: dict[str, str] = {}
    for where, job in declared:
        if job.name in first:
            text = f"Job {job.name!r} is declared in {first[job.name]} and again in {where}."
            yield Fault("jobs_api.E003", text, "Names are unique over all apps: rename one.")
        first.setdefault(job.name, where)

"""Find every app's ``jobs.py``, and fill the registry with the jobs that are declared without a fault."""

from __future__ import annotations

import re
import sys
import traceback
from collections.abc import Iterable, Iterator
from importlib import import_module
from importlib.machinery import ModuleSpec
from typing import Any

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured

from jobs_api import registry
from jobs_api.registry import modules, unlisted
from jobs_api.registry.job import Job
from jobs_api.registry.validation import ExecutorFault, Fault, check, no_such_field
from jobs_api.text import loggers

faults: list[Fault] = []
"""The faults that `load` found; `checks` reports them."""
warnings: list[Fault] = []
"""What looks like a list of jobs, but is not read as one; no server refuses to start for it."""

logger = loggers.logger(__name__)


def load(executor_fault: ExecutorFault) -> None:
    """Fill the registry from all installed apps. A server refuses to start if there is a fault.

    Args:
        executor_fault: returns what is wrong with the executor that a job names: `executors.fault`.

    Raises:
        ImproperlyConfigured: lists every fault; not under manage.py, which shows them as system checks.
    """
    faults.clear()
    warnings.clear()
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
        for warning in warnings:
            logger.warning("%s", warning)


def require_sound() -> None:
    """Raise `ImproperlyConfigured` if `load` found faults; the message lists all of them."""
    if faults:
        raise ImproperlyConfigured("jobs_api found errors in declared jobs:\n" + "\n".join(map(str, faults)))


def caution() -> str:
    """The sentence that faulty declarations hide jobs, for whoever looks for one; empty without faults."""
    hidden = faults or warnings
    return "Some declarations have errors, which hide jobs: see manage.py check." if hidden else ""


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
        spec = modules.spec_of(app.module)
        for item in _list_of(spec) if spec is not None else ():
            if _is_job(item):
                yield f"{app.name}.jobs", item
            elif type(item) is Fault:  # what a module of ours could make no job of
                faults.append(item)
            else:
                text = f"{app.name}.jobs.jobs contains {_shown(item)}."
                faults.append(Fault("jobs_api.E002", text, "List Job(...) objects only."))


def _list_of(spec: ModuleSpec) -> list[Any]:
    """The list of one module; empty if the module is not ours. One of ours that cannot be read is a fault."""
    seen = modules.look(spec)
    if not (seen.names_us or seen.may_list):
        _warn(spec, unlisted.nothing(spec) if seen.empty else unlisted.apart(spec))
        return []
    try:
        module = import_module(spec.name)
        declared = getattr(module, "jobs", None)
        if isinstance(declared, (list, tuple)):
            ours = unlisted.knows_job(module) or any(map(_is_job, declared))
            return list(declared) if ours else []
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a module raises must not stop a host
        if seen.names_us or modules.blames_us(error):
            faults.append(_unreadable(spec.name, error))
        else:
            _warn(spec, unlisted.misspelt_import(spec.name, error))
        return []
    _warn(spec, unlisted.wrong_shape(module, spec))
    return []


def _is_job(item: object) -> bool:
    """By its type: a lazy object would be computed to be asked for its class."""
    return issubclass(type(item), Job)


def _warn(spec: ModuleSpec, found: Iterator[Fault]) -> None:
    """Of a library that is installed, nobody here can change a name."""
    if modules.is_hosts_own(spec):
        warnings.extend(found)


def _shown(item: object) -> str:
    try:
        return f"{item!r:.80}"
    except Exception:  # noqa: BLE001 - it is not ours
        return f"an object of the class {type(item).__name__}"


UNKNOWN_FIELD = re.compile(r"\bJob\.__init__\(\) got an unexpected keyword argument '(\w+)'")
"""Python's own words. If a later Python has others, they are shown as they are."""


def _unreadable(name: str, error: BaseException) -> Fault:
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

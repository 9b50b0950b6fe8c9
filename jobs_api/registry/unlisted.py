"""Find jobs that an app has made, but not in a list called ``jobs``, so that nobody would read them."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from jobs_api.registry import modules
from jobs_api.registry.job import Job
from jobs_api.registry.validation import Fault

ID = "jobs_api.W010"
LIST = 'Write `jobs = [Job("name", ...)]`.'
CONTAINERS = (list, tuple, set, frozenset)


def knows_job(module: ModuleType) -> bool:
    """Whether the module has imported `Job`."""
    return any(value is Job for value in vars(module).values())


def wrong_shape(module: ModuleType, spec: ModuleSpec) -> Iterator[Fault]:
    """What is wrong with a module that makes jobs, but has no list of them called ``jobs``."""
    name, declared = module.__name__, vars(module).get("jobs")
    elsewhere = [key for key, value in vars(module).items() if _holds_jobs(value)]
    if _holds_jobs(declared) or (declared is not None and knows_job(module)):
        text = f"{name}.jobs is not a list but a {type(declared).__name__}: none of its jobs is read."
        yield Fault(ID, text, LIST)
    elif elsewhere:
        text = f"{name} has no list called `jobs`: what `{elsewhere[0]}` holds is not read."
        yield Fault(ID, text, f"Did you mean `jobs`? {LIST}")
    elif knows_job(module):
        yield Fault(ID, f"{name} imports Job, but has no list called `jobs`.", LIST)
    else:
        yield from apart(spec)


def apart(spec: ModuleSpec) -> Iterator[Fault]:
    """What is wrong with a package whose modules declare jobs that it does not list."""
    for part in modules.declaring_parts(spec):
        text = f"The package {spec.name} has no list called `jobs`: what {part} declares is not read."
        yield Fault(ID, text, f"In its __init__.py, write for example `from {part} import jobs`.")
        return


def nothing(spec: ModuleSpec) -> Iterator[Fault]:
    """What is wrong with a ``jobs.py`` that is empty: `jobs_import > jobs.py` that failed leaves one."""
    text = f"{spec.name} is empty: it declares no job."
    yield Fault(ID, text, "If jobs were in it, restore the file; else delete it.")


def misspelt_import(name: str, error: BaseException) -> Iterator[Fault]:
    """What is wrong with a module that imports something called nearly as jobs_api, or a helper of ours."""
    missing = str(getattr(error, "name", "") or "") if isinstance(error, ModuleNotFoundError) else ""
    if modules.is_hosts_package(missing):
        text = f"{name} cannot be imported, so jobs that it may list are not read: {error}."
        yield Fault(ID, text, "Look at the name of the module that it imports.")
    elif modules.US in missing or difflib.get_close_matches(missing, [modules.US], cutoff=0.75):
        text = f"{name} cannot be imported, so its jobs are not read: {error}."
        yield Fault(ID, text, "Did you mean `from jobs_api import Job`?")


def _holds_jobs(value: Any) -> bool:
    """Whether it is a job or holds one; nothing that is consumed or computed by being looked at."""
    kind = type(value)
    if kind is Job:
        return True
    if kind is dict:
        return any(type(item) is Job for item in value.values())
    return kind in CONTAINERS and any(type(item) is Job for item in value)

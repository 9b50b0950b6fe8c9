"""Webhook-triggered jobs for Django: a POST runs a management command once per slot.

A host declares its jobs in ``<app>/jobs.py`` with `Job`; a command reaches the run that it is
part of through `current_run`, whose ``check()`` raises `RunStopped` when the command should end.

The names are loaded when they are first used: this package is imported before the host's models.
"""

import importlib
import typing

if typing.TYPE_CHECKING:
    from jobs_api.exceptions import RunStopped
    from jobs_api.execution.current import current_run
    from jobs_api.registry.job import Job

__all__ = ["Job", "RunStopped", "current_run"]
__version__ = "0.1.0"

_HOMES = {
    "Job": "jobs_api.registry.job",
    "RunStopped": "jobs_api.exceptions",
    "current_run": "jobs_api.execution.current",
}


def __getattr__(name: str) -> typing.Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found = getattr(importlib.import_module(_HOMES[name]), name)
    return found

"""Webhook-triggered jobs for Django: a POST runs a management command once per slot.

A host declares its jobs in ``<app>/jobs.py`` with `Job`. A command gets its run from `current_run`,
whose ``check()`` raises `RunStopped` when the command should end.
Python code triggers jobs with `trigger` and `run_due`, which raise `BadInput` for wrong input.

The names are loaded on first use, because this package is imported before the host's models.
"""

import importlib
import typing

if typing.TYPE_CHECKING:
    from jobs_api.exceptions import BadInput, RunStopped
    from jobs_api.execution.current import current_run
    from jobs_api.registry.job import Job
    from jobs_api.triggers.public import TriggerResult, run_due, trigger

__all__ = ["BadInput", "Job", "RunStopped", "TriggerResult", "current_run", "run_due", "trigger"]
__version__ = "0.1.0"

_HOMES = {
    "BadInput": "jobs_api.exceptions",
    "Job": "jobs_api.registry.job",
    "RunStopped": "jobs_api.exceptions",
    "TriggerResult": "jobs_api.triggers.public",
    "current_run": "jobs_api.execution.current",
    "run_due": "jobs_api.triggers.public",
    "trigger": "jobs_api.triggers.public",
}


def __getattr__(name: str) -> typing.Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value = getattr(importlib.import_module(_HOMES[name]), name)
    return value

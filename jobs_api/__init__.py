"""Webhook-triggered jobs for Django: a POST runs a management command once per slot.

A host declares its jobs in ``<app>/jobs.py`` with `Job`; a command reaches the run that it is
part of through `current_run`, whose ``check()`` raises `RunStopped` when the command should end.
"""

from jobs_api.exceptions import RunStopped
from jobs_api.execution.current import current_run
from jobs_api.registry import Job

__all__ = ["Job", "RunStopped", "current_run"]
__version__ = "0.1.0"

"""Check the server that this process belongs to: whether the threads run that renew leases.

`manage.py check` does not run inside a server, so the same faults are logged when a server has loaded the
project.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from django.core import checks

from jobs_api import registry, threads
from jobs_api.checks.messages import errors, whose
from jobs_api.registry.validation import Fault
from jobs_api.text import loggers

logger = loggers.logger(__name__)

APART = "subprocess"
"""The executor that renews its leases in processes of its own, whatever the server's threads are."""


def check_servers(**_: Any) -> list[checks.CheckMessage]:
    """Threads that do not always run."""
    return errors(_faults())


def warn() -> None:
    """Log the same, once: called when the apps are ready."""
    for fault in _faults():
        logger.warning("%s %s (%s)", fault.text, fault.hint, fault.id)


def _faults() -> Iterator[Fault]:
    names = [job.name for job in registry.jobs() if job.executor_name != APART]
    if names and threads.made_of() == "eventlet":
        text = (
            "eventlet has replaced the threads of this process: while a command computes, nothing renews its "
            f"lease, and another attempt may start beside it. {whose(names)}"
        )
        yield Fault("jobs_api.W030", text, f'Set executor="{APART}", or use a server with threads.')
    if not getattr(sys.modules.get("uwsgi"), "has_threads", True):
        text = (
            "uWSGI was started without threads: those that renew leases, look after child processes, send "
            "alerts and check-ins and write the counts of triggers run only while a request does."
        )
        yield Fault("jobs_api.W031", text, "Start uWSGI with --enable-threads, or with --threads.")

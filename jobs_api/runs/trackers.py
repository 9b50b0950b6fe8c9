"""What an error tracker does not read from a log record: how to group what it gets."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from jobs_api.models import Reason


@contextmanager
def grouped(job: str, reason: str) -> Iterator[None]:
    """Let Sentry, if the host has loaded it, group what is logged in this block by job.

    By itself it groups an exception by its stack, and jobs may share a command. What has no cause in the
    code, such as a time-out, is one group for each job and reason.
    """
    sentry = sys.modules.get("sentry_sdk")
    new_scope = getattr(sentry, "new_scope", None)  # since 2.0
    if new_scope is None:
        yield
        return
    with new_scope() as scope:
        by_stack = ["{{ default }}", job]
        scope.fingerprint = by_stack if reason == Reason.ERROR else ["jobs_api.run", job, str(reason)]
        scope.set_tag("job", job)
        yield

"""Declare jobs for a test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from jobs_api import executors, registry
from jobs_api.registry.job import Job
from jobs_api.registry.validation import check
from jobs_api.runs import job_state


@contextmanager
def declare(name: str, **fields: Any) -> Iterator[Job]:
    """Add a job to those that are declared, as a context manager or as a decorator of a test.

    A job of the same name is replaced meanwhile. In pytest it makes a fixture, too::

        @pytest.fixture
        def nightly():
            with declare("nightly", command="cleanup", schedule="0 3 * * *") as job:
                yield job

    Args:
        name: of the job.
        fields: the other fields of `Job`.

    Raises:
        ImproperlyConfigured: with everything that is wrong in the fields.
    """
    job = Job(name, **fields)
    if faults := list(check(job, "a test", executors.fault)):
        raise ImproperlyConfigured("\n".join(map(str, faults)))
    others = [other for other in registry.jobs() if other.name != name]
    job_state.forget()  # what this process knows of the database was rolled back with the test before
    with registry.override(*others, job):
        yield job

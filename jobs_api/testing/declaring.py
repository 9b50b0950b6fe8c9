"""Declare jobs for a test."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ContextDecorator, contextmanager
from typing import Any, TypeVar

from django.core.exceptions import ImproperlyConfigured

from jobs_api import executors, registry
from jobs_api.registry.job import Job
from jobs_api.registry.validation import Fault, check, no_such_field
from jobs_api.runs import job_state

Function = TypeVar("Function", bound=Callable[..., Any])


class declare(ContextDecorator):
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
        TypeError: it decorates a class, or a function that returns before its work is done.
    """

    def __init__(self, name: str, **fields: Any) -> None:
        self._name, self._fields = name, fields
        self._entered: list[AbstractContextManager[Job]] = []

    def __enter__(self) -> Job:
        added = _added(self._name, **self._fields)
        job = added.__enter__()
        self._entered.append(added)
        return job

    def __exit__(self, *error: Any) -> bool | None:
        return self._entered.pop().__exit__(*error)

    def __call__(self, func: Function) -> Function:
        """Decorate a function: a class would become a function, and its tests would never run."""
        if isinstance(func, type):
            raise TypeError(
                f"declare() cannot decorate the class {func.__name__}. Decorate its test methods, or call "
                f"`cls.enterClassContext(declare({self._name!r}, ...))` in its setUpClass()."
            )
        if any(is_kind(func) for is_kind in LATE):
            raise TypeError(
                f"declare() cannot decorate {func.__name__}(), which is async or a generator: the job would "
                f"be gone before it runs. Use `with declare({self._name!r}, ...):` in it."
            )
        return super().__call__(func)


LATE = (inspect.iscoroutinefunction, inspect.isgeneratorfunction, inspect.isasyncgenfunction)
"""Functions that return before their work is done."""


@contextmanager
def _added(name: str, **fields: Any) -> Iterator[Job]:
    known = {field.name for field in dataclasses.fields(Job)}
    job = Job(name, **{key: value for key, value in fields.items() if key in known})
    faults = [_no_such_field(job, key) for key in fields if key not in known]
    if faults := [*faults, *check(job, "a test", executors.fault)]:
        raise ImproperlyConfigured("\n".join(map(str, faults)))
    others = [other for other in registry.jobs() if other.name != name]
    job_state.forget()  # what this process knows of the database was rolled back with the test before
    with registry.override(*others, job):
        yield job


def _no_such_field(job: Job, name: str) -> Fault:
    text, hint = no_such_field(name)
    return Fault("jobs_api.E001", f"Job {job.name!r} in a test: {text}.", hint)

"""All jobs that the host's apps declare, by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from jobs_api.exceptions import NotFound
from jobs_api.registry.job import Job

_jobs: dict[str, Job] = {}


def fill(jobs: Iterable[Job]) -> None:
    """Replace the registry's content; of two jobs with one name, keep the first."""
    _jobs.clear()
    for job in jobs:
        _jobs.setdefault(job.name, job)


def get(name: str) -> Job:
    """The job of that name.

    Raises:
        NotFound: there is none.
    """
    try:
        return _jobs[name]
    except KeyError:
        raise NotFound(f"There is no job {name!r}.") from None


def find(name: str) -> Job | None:
    """The job of that name, or None: runs outlive their declaration."""
    return _jobs.get(name)


def jobs() -> list[Job]:
    """All jobs by name."""
    return [_jobs[name] for name in sorted(_jobs)]


def names() -> str:
    """The names of all jobs in one line; empty without any."""
    return ", ".join(sorted(_jobs))


@contextmanager
def override(*declared: Job) -> Iterator[None]:
    """Fill the registry with only these jobs, for a test."""
    before = list(_jobs.values())
    fill(declared)
    try:
        yield
    finally:
        fill(before)

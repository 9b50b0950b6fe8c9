"""Which jobs, or which run, a text means that somebody has typed."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import NamedTuple

from jobs_api import registry
from jobs_api.registry.job import Job
from jobs_api.registry.metadata import chosen
from jobs_api.text.numbers import LARGEST_ID, whole

_GLOB = frozenset("*?[")


class Chosen(NamedTuple):
    """What is meant."""

    names: tuple[str, ...] | None = None
    """The jobs; None: every job, also those that are not declared any more."""
    run: int | None = None
    """The id of a run, which takes the place of jobs."""

    @property
    def job(self) -> str:
        """The name of the only job; "" where there are several."""
        return self.names[0] if self.names is not None and len(self.names) == 1 else ""


EVERY = Chosen()


def choose(text: str = "", tag: str = "", owner: str = "") -> Chosen:
    """What a text, a tag and an owner mean together; what is empty does not matter.

    A text is the name of a job, the id of a run, a glob such as ``report_*``, or a part of names. A name that
    no job has now may be that of a job that is not declared any more.
    """
    text = text.strip()
    if tag or owner:
        declared = chosen(registry.jobs(), owner or None, [tag] if tag else [])
        return Chosen(tuple(job.name for job in matching(text, declared)))
    if not text:
        return EVERY
    if registry.find(text) is not None:
        return Chosen((text,))
    if (number := whole(text, LARGEST_ID)) is not None:
        return Chosen(run=number)
    found = tuple(job.name for job in matching(text, registry.jobs()))
    return Chosen(found or (() if _GLOB & set(text) else (text,)))


def matching(text: str, jobs: Iterable[Job]) -> list[Job]:
    """The jobs whose name a text means: the whole name alone, else a glob or a part of it."""
    found = list(jobs)
    exact = [job for job in found if job.name == text]
    if exact or not text:
        return exact or found
    if _GLOB & set(text):
        return [job for job in found if fnmatchcase(job.name, text)]
    return [job for job in found if text.casefold() in job.name.casefold()]


def tags() -> list[str]:
    """All tags of declared jobs."""
    return sorted({tag for job in registry.jobs() for tag in job.tags})


def owners() -> list[str]:
    """All owners of declared jobs."""
    return sorted({job.owner for job in registry.jobs() if job.owner})

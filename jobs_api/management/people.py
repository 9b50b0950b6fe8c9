"""What a job says to people: whom to ask, what to do, and words to group it by."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.core.management.base import CommandError

from jobs_api import registry
from jobs_api.management.facts import Fact
from jobs_api.registry.job import Job
from jobs_api.registry.metadata import chosen

OTHERWISE = ("name", "hosts", "sources", "state")
"""What else `jobs_list` can be asked for; none of it lists jobs."""


def facts(job: Job | None) -> Iterator[Fact]:
    """A line for each that it says."""
    if job is not None:
        told = (("owner", job.owner), ("runbook", job.runbook), ("tags", ", ".join(job.tags)))
        yield from (Fact(label, text) for label, text in told if text)


def members(job: Job | None) -> dict[str, Any]:
    """The same for programs; empty where it says nothing, or is declared no more."""
    if job is None:
        return {"owner": "", "runbook": "", "tags": []}
    return {"owner": job.owner, "runbook": job.runbook, "tags": list(job.tags)}


def add_filters(parser: ArgumentParser) -> None:
    """Define `--tag` and `--owner`."""
    parser.add_argument("--tag", action="append", default=[], help="only jobs with this tag (repeatable)")
    parser.add_argument("--owner", help="only jobs of this owner")


def is_filtered(options: dict[str, Any]) -> bool:
    """Whether one of the two was given."""
    return bool(options["tag"]) or options["owner"] is not None


def require_a_list_of_jobs(options: dict[str, Any]) -> None:
    """Refuse them beside what lists something else."""
    if is_filtered(options) and any(options[each] for each in OTHERWISE):
        raise CommandError("--tag and --owner choose from the list of all jobs: give them alone.")


def covers(options: dict[str, Any]) -> Callable[[str], bool]:
    """Whether a job of this name passes; without a filter also one that only other hosts declare."""
    if not is_filtered(options):
        return lambda name: True
    return {job.name for job in chosen(registry.jobs(), options["owner"], options["tag"])}.__contains__


def none_left(options: dict[str, Any]) -> str:
    """That no job passes, and what there is."""
    asked = [f"the tag {tag}" for tag in options["tag"]]
    wanted = [] if options["owner"] is None else [f"of the owner {options['owner']}"]
    wanted += [f"with {' and '.join(asked)}"] if asked else []
    told = [f"No jobs {' '.join(wanted)}."]
    if asked:
        told += _known("Tags", sorted({tag for job in registry.jobs() for tag in job.tags}))
    if options["owner"] is not None:
        told += _known(
            "Owners", sorted({job.owner for job in registry.jobs() if job.owner}, key=str.casefold)
        )
    return " ".join(told)


def _known(label: str, words: Sequence[str]) -> list[str]:
    shown = ", ".join(words[:20]) or "none"
    return [f"{label}: {shown}{f' and {len(words) - 20} more' if len(words) > 20 else ''}."]

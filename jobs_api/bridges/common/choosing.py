"""Which jobs a scheduler is to start, and when run-due."""

from __future__ import annotations

from fnmatch import fnmatchcase

from django.apps import apps

from jobs_api import registry
from jobs_api.exceptions import BadInput, WrongUse
from jobs_api.exporters.common import every
from jobs_api.registry import discovery
from jobs_api.registry.job import Job
from jobs_api.schedule.slots import Schedule

MARK = "jobs_api: "
"""How the name of each entry of ours begins in another scheduler: those, and no others, are kept in step."""
RUN_DUE = "run-due"


def scheduled_jobs(only: str = "*") -> list[Job]:
    """The jobs that have a schedule, by name.

    Args:
        only: a glob of names.

    Raises:
        WrongUse: the apps are not ready: no job is known yet.
        BadInput: `only` matches no job that has a schedule.
        ImproperlyConfigured: declarations have errors, which hide jobs.
    """
    if not apps.ready:
        raise WrongUse(
            "The jobs are not known yet, because Django's apps are not ready. Call this later: in a command, "
            "or after django.setup(). docs/bridges.md shows where."
        )
    discovery.require_sound()
    found = [job for job in registry.jobs() if job.schedule is not None and fnmatchcase(job.name, only)]
    if not found and only != "*":
        raise BadInput(f"No job with a schedule has a name like {only!r}. {discovery.known()}")
    return found


def due_slots(minutes: int) -> Schedule:
    """When run-due is called that is called every so many minutes.

    Raises:
        BadInput: no cron line says it.
    """
    if minutes not in every.STEPS:
        raise BadInput(
            f"run_due_every={minutes!r} is not a number of minutes that divides an hour or a day: "
            "5 is usual, None calls it never."
        )
    return Schedule.parse(every.line_of(minutes), "UTC")

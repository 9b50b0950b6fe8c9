"""What `runcrons` does: run-due for the jobs of cron classes, and the slots that no cron line says."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

from jobs_api import database, registry
from jobs_api.compat.django_cron.classes import CronClass
from jobs_api.models import JobRun
from jobs_api.registry.job import Job
from jobs_api.runs.types import RUN_DUE, Trigger
from jobs_api.text import loggers
from jobs_api.triggers.dispatch import dispatch
from jobs_api.triggers.due import due, run_due
from jobs_api.triggers.payload import Payload
from jobs_api.triggers.request import UNSUCCESSFUL, Result

logger = loggers.logger(__name__)

SOURCE = "runcrons"
STARTED = ("succeeded", "accepted")


@dataclasses.dataclass(slots=True)
class Done:
    """What came of one call."""

    ran: set[str] = dataclasses.field(default_factory=set)
    """The names of jobs whose runs have succeeded, or were handed over; in a dry run: would be started."""
    failed: set[str] = dataclasses.field(default_factory=set)
    problems: list[str] = dataclasses.field(default_factory=list)

    def of(self, cron: CronClass) -> str:
        """What came of a class: "failed", "ran", or "nothing"."""
        names = {job.name for job, _ in cron.parts}
        return "failed" if names & self.failed else "ran" if names & self.ran else "nothing"

    def take(self, result: Result) -> None:
        """Note one result."""
        name = result.job.name
        if result.outcome in STARTED:
            self.ran.add(name)
        elif result.outcome in UNSUCCESSFUL:
            self.failed.add(name)
            shown = f" `manage.py jobs_show {result.run.id}` shows its output." if result.run else ""
            self.problems.append(f"{name}: {result.outcome}.{shown}")


def start(chosen: Sequence[CronClass], *, force: bool, actor: str, now: datetime | None = None) -> Done:
    """Start what is due of these classes.

    Args:
        force: run each once, due or not.
        now: for tests.

    Raises:
        DatabaseBusy: the database accepted nothing.
    """
    done = Done()
    if not force:
        report = run_due(Trigger(RUN_DUE, SOURCE, actor), allowed=_allowed(chosen), seconds=0, now=now)
        for result in report.results:
            done.take(result)
        if report.errors:
            done.problems.append(
                f"{report.errors} could not be started, and remain: the log has the reasons."
            )
    at = now or database.now()
    for job, slot in _forced(chosen, at) if force else _counted(chosen, at):
        run_date = None if slot is None else slot.isoformat()
        payload = Payload("command", run_dates=(run_date,), force=force, source=SOURCE, actor=actor)
        _trigger(job, payload, done, now)
    return done


def _trigger(job: Job, payload: Payload, done: Done, now: datetime | None) -> None:
    try:
        done.take(dispatch(payload.request(job), now=now))
    except Exception:  # whatever the error is, the other classes are still to be started
        logger.exception("runcrons could not start %s.", job.name)
        done.failed.add(job.name)
        done.problems.append(f"{job.name} could not be started: the log has the reason.")


def what_is_due(chosen: Sequence[CronClass], *, force: bool, now: datetime | None = None) -> Done:
    """What `start` would start."""
    at = now or database.now()
    if force:
        return Done(ran={job.name for job, _ in _forced(chosen, at)})
    names = {item.job.name for item in due(now=now, allowed=_allowed(chosen))}
    return Done(ran=names | {job.name for job, _ in _counted(chosen, at)})


def _allowed(chosen: Sequence[CronClass]) -> Callable[[str], bool]:
    return {job.name for cron in chosen for job, _ in cron.parts}.__contains__


def _forced(chosen: Sequence[CronClass], at: datetime) -> Iterator[tuple[Job, datetime | None]]:
    """The first job of each class: its present slot again, or this instant where no line gives it slots."""
    for cron in chosen:
        job = registry.get(cron.parts[0][0].name)
        yield job, at if job.schedule is None else None


def _counted(chosen: Sequence[CronClass], at: datetime) -> list[tuple[Job, datetime]]:
    """The slots that no cron line says, and that have no run yet; run-due retries those that have one."""
    found = [
        (registry.get(job.name), slot)
        for cron in chosen
        for job, part in cron.parts
        if part.counted and (slot := part.newest(job.slots.timezone, at)) is not None
    ]
    runs = JobRun.objects.using(database.alias()).filter(job_name__in={job.name for job, _ in found})
    newest = runs.filter(run_date__in={slot for _, slot in found}).values_list("job_name", "run_date")
    there = set(newest) if found else set()
    return [(job, slot) for job, slot in found if (job.name, slot.astimezone(UTC)) not in there]

"""Pauses: intervals in which triggers start nothing. The newest instruction of an operator counts.

A pause with an `until` ends by itself: from that instant on, by the database's clock, it stops nothing,
whether any process is alive or not. Its row is closed later, by run-due or by the next instruction.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Greatest

from jobs_api import audit
from jobs_api.database import alias
from jobs_api.exceptions import BadInput, DatabaseBusy, LostRace
from jobs_api.models import JobPause
from jobs_api.registry.job import Job
from jobs_api.runs import events

BY_ITSELF = "its end was reached"
"""What stands for the reason of whoever resumed a job, where its pause ended by itself."""
REPLACED = "replaced by another pause"
TRIES = 10


class Change(NamedTuple):
    """The result of pausing or resuming a job."""

    changed: bool
    pause: JobPause | None
    """The job's newest pause, as it is now."""
    replaced: JobPause | None = None
    """The one whose place it takes."""


def pause(job: Job, *, actor: str, comment: str, at: datetime, until: datetime | None = None) -> Change:
    """Pause a job. If it is paused, and this says anything else, end that pause and begin another.

    An instruction without a reason and with the same end says nothing else.

    Args:
        until: when the pause ends by itself; None: when somebody resumes the job.

    Raises:
        BadInput: `until` is not in the future.
        DatabaseBusy: other instructions kept changing the pause.
    """
    if until is not None and until <= at:
        raise BadInput(f"`until` is in the past: it is {at.isoformat(timespec='seconds')} now.")
    wanted = JobPause(job_name=job.name, started_at=at, until=until, actor=actor[:100], comment=comment)
    for _ in range(TRIES):
        before = _unended(job, at)
        if before is not None and before.until == until and comment in ("", before.comment):
            _record(wanted, result="unchanged", at=at, refused=True)
            return Change(False, before)
        try:
            _begin(wanted, before, at)
        except (IntegrityError, LostRace):  # another operator was faster
            continue
        events.paused(job.name, actor=wanted.actor, comment=comment, at=at, until=until)
        return Change(True, wanted, before)
    raise DatabaseBusy


def _begin(wanted: JobPause, before: JobPause | None, at: datetime) -> None:
    """Store a pause; the one that it replaces ends in the same commit."""
    using = alias()
    with transaction.atomic(using):
        if before is not None:
            wanted.started_at = max(at, before.started_at)  # otherwise it would not be the newest
            if not _end(_rows().filter(pk=before.pk), at=at, by=wanted.actor, comment=REPLACED):
                raise LostRace
        wanted.save(force_insert=True, using=using)
        _record(wanted, result="paused" if before is None else "replaced", at=at)


def _record(wanted: JobPause, *, result: str, at: datetime, refused: bool = False) -> None:
    ends = {} if wanted.until is None else {"until": wanted.until}
    about: dict[str, Any] = {"job": wanted.job_name, "actor": wanted.actor, "reason": wanted.comment}
    audit.record("pause", at=at, result=result, refused=refused, details=ends, **about)


def resume(job: Job, *, actor: str, comment: str, at: datetime) -> Change:
    """Let its triggers through again, and record who resumed it and why.

    Raises:
        DatabaseBusy: other instructions kept changing the pause.
    """
    about: dict[str, Any] = {"job": job.name, "actor": actor, "reason": comment}
    for _ in range(TRIES):
        with transaction.atomic(alias()):
            ended = _end(_rows().filter(in_force(at), job_name=job.name), at=at, by=actor, comment=comment)
            if ended:
                audit.record("resume", at=at, result="resumed", **about)
        if ended:
            events.resumed(job.name, actor=actor[:100], comment=comment, at=at)
            return Change(True, last_pause(job))
        if _unended(job, at) is None:
            audit.record("resume", at=at, result="unchanged", refused=True, **about)
            return Change(False, last_pause(job))
    raise DatabaseBusy


def end_those_over(found: Iterable[JobPause], *, at: datetime) -> None:
    """Close the rows of pauses that have ended by themselves; each is told once, whoever closes it."""
    for row in found:
        if row.until is None or row.ended_at is not None or row.is_in_force(at):
            continue
        if _end(_rows().filter(pk=row.pk), at=row.until, by="", comment=BY_ITSELF):
            events.resumed(row.job_name, actor="", comment=BY_ITSELF, at=row.until)


def _unended(job: Job, at: datetime) -> JobPause | None:
    """The job's pause that is in force; one that is over is closed."""
    row = _rows().filter(job_name=job.name, ended_at=None).first()
    if row is None or row.is_in_force(at):
        return row
    end_those_over([row], at=at)
    return None


def _end(rows: QuerySet[JobPause], *, at: datetime, by: str, comment: str) -> bool:
    """End a pause, unless somebody else has ended it."""
    ended = Greatest("started_at", Value(at))  # clocks of two hosts may differ
    values = {"ended_at": ended, "resumed_by": by[:100], "resume_comment": comment}
    return bool(rows.filter(ended_at=None).update(**values))


def in_force(at: datetime) -> Q:
    """The pauses that stop triggers at this time."""
    return Q(ended_at=None) & (Q(until=None) | Q(until__gt=at))


def last_pause(job: Job) -> JobPause | None:
    """The job's newest pause, over or not."""
    return _rows().filter(job_name=job.name).order_by("-started_at", "-pk").first()


def pauses(names: Iterable[str] | None = None, *, since: datetime | None = None) -> dict[str, list[JobPause]]:
    """The pauses of each job that were open at or after `since`."""
    found: dict[str, list[JobPause]] = {}
    rows = _rows()
    if names is not None:
        rows = rows.filter(job_name__in=list(names))
    if since is not None:
        rows = rows.exclude(ended_at__lt=since)
    for row in rows:
        found.setdefault(row.job_name, []).append(row)
    return found


def _rows() -> QuerySet[JobPause]:
    return JobPause.objects.using(alias())

"""What a monitor hears of an attempt, if anything: docs/check-ins.md has the table."""

from __future__ import annotations

from datetime import datetime

from jobs_api import registry
from jobs_api.check_ins.monitor import CheckIn
from jobs_api.check_ins.notes import Note
from jobs_api.check_ins.settings import LAST, Entry
from jobs_api.database import ERRORS, rows
from jobs_api.database.bounds import bounded
from jobs_api.exceptions import DatabaseBusy
from jobs_api.models import Reason, State
from jobs_api.registry.job import Job
from jobs_api.schedule.slots import previous_slot, utc_of

UNTOLD = (Reason.INTERRUPTED, Reason.SUBMIT_FAILED)
"""A deploy, and an attempt that no engine took: the next trigger starts it again, and costs no try."""
DATABASE_SECONDS = 2.0


def check_in(note: Note, entry: Entry) -> CheckIn | None:
    """What to tell this monitor; None: nothing."""
    job = registry.find(note.job)
    if job is None or not entry.wants(job) or not is_newest(job, note.run_date, at=note.started_at):
        return None
    if note.finished_at is None:
        return CheckIn(job, note.run_date, note.attempt, note.started_at)
    if note.reason in UNTOLD:
        return None
    if note.state == State.FAILED and entry.failures == LAST and will_be_tried_again(note, job):
        return None
    return CheckIn(
        job,
        note.run_date,
        note.attempt,
        note.finished_at,
        succeeded=note.state == State.SUCCEEDED,
        seconds=max((note.finished_at - note.started_at).total_seconds(), 0),
        reason=note.reason,
        error=note.error,
        output=note.output,
    )


def is_newest(job: Job, run_date: datetime, *, at: datetime) -> bool:
    """Whether no newer slot of the job was due at that time.

    A monitor asks whether the newest slot was run: a backfill of last month says nothing about tonight. An
    end goes by when its attempt began, so that whoever heard of the beginning hears of the end.
    """
    newest = None if job.schedule is None else previous_slot(job.slots, at)
    return newest is None or utc_of(run_date) >= utc_of(newest)


def will_be_tried_again(note: Note, job: Job) -> bool:
    """Whether another try comes before the next slot, or has begun; False if the database does not say."""
    try:
        with bounded(seconds=DATABASE_SECONDS):
            row = rows().filter(pk=note.run).values("attempt", "next_attempt_at").first()
    except (*ERRORS, DatabaseBusy):
        return False
    if row is None:
        return False
    if row["attempt"] > note.attempt:
        return True
    again, following = row["next_attempt_at"], job.next_run_date(note.finished_at or note.started_at)
    return again is not None and (following is None or again < following)

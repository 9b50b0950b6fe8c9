"""When a job counts as missed, as late, and as overdue."""

from __future__ import annotations

from datetime import datetime, timedelta

from jobs_api.alerts.findings import Finding, Key
from jobs_api.alerts.wording import slot_of
from jobs_api.models import State
from jobs_api.monitoring.punctuality import in_time
from jobs_api.monitoring.report import JobBrief, JobReport
from jobs_api.monitoring.run_report import RunReport
from jobs_api.registry.job import Job
from jobs_api.schedule.slots import around, current_slot, next_slot
from jobs_api.text.spans import span


def missed(report: JobReport, at: datetime) -> Finding | Key | None:
    """Whether a slot of the job was not run: the health of the job is "missed".

    That is: a slot is older than the job's grace and has no run, though the job was known as it is declared,
    and not paused; or a run has waited for longer than the grace for its engine or for room on a host.

    It is not over, and none begins, while the job is paused, and while a run of it hangs, which is told as
    overdue. It is over as soon as the slot, or a newer one, has a run.
    """
    key, slot, waits = ("missed", report.job.name), report.missed_run_date, report.unclaimed
    if report.paused or report.health == "overdue":
        return key
    if report.health != "missed":
        return None
    if slot is not None:
        first = _first_missed(report, slot)
        before = f", nor any slot since {slot_of(first, report.job)}" if first < slot else ""
        why = f"The slot {slot_of(slot, report.job)} was due, and nothing has run it{before}."
        return Finding(*key, since=first, detail=why, job_name=report.job.name, run_date=slot)
    return key if waits is None else _unclaimed(report, waits)


def _first_missed(report: JobReport, slot: datetime) -> datetime:
    """Where the gap that ends with this slot began: nobody may have looked for days."""
    newest, known = report.standing.newest_run_date, report.standing.since
    after = max(filter(None, (newest, known and known - timedelta(microseconds=1))), default=slot)
    first = next_slot(report.job.slots, after)
    return first if first is not None and first < slot and report.standing.counts(first) else slot


def _unclaimed(report: JobReport, run: RunReport) -> Finding:
    since = run.waiting_since or run.run_date
    where = "an engine's queue" if run.state == State.CLAIMED else "a free place"
    waits = f"has waited for {where} since {slot_of(since, report.job)}"
    why = f"The slot {slot_of(run.run_date, report.job)} {waits}."
    facts = {"executor": run.newest.executor or report.job.executor_name}
    return Finding("missed", report.job.name, since, why, report.job.name, run.id, run.run_date, facts)


def late(report: JobBrief, at: datetime) -> Finding | None:
    """Whether nothing has started the newest slot yet, though it was due, and it is within its grace.

    The first tenth of the time between two slots is not late; nor is the first minute; 15 minutes are. When
    the grace is over, it is missed.
    """
    job = report.job
    if job.schedule is None or report.paused or report.health in ("overdue", "missed"):
        return None
    slot, newest = current_slot(job.slots, at, early=False), report.standing.newest_run_date
    if slot is None or (newest is not None and newest >= slot) or not report.standing.counts(slot):
        return None
    if not late_after(job, at) < at - slot <= job.grace_at(at):
        return None
    why = f"The slot {slot_of(slot, job)} was due, and nothing has started it yet."
    return Finding("late", job.name, since=slot, detail=why, job_name=job.name, run_date=slot)


def late_after(job: Job, at: datetime) -> timedelta:
    """How long after its slot a run begins in time."""
    window = around(job.slots, at)
    if window.previous is None or window.following is None:
        return in_time(None)
    return in_time(timedelta(seconds=window.following.timestamp() - window.previous.timestamp()))


def overdue(report: JobReport, at: datetime) -> Finding | None:
    """Whether an attempt hangs: it is past its timeout, or three slots in a row were skipped behind it.

    A pause does not end it, and it is told in a pause, too. It is over when no attempt hangs any more.
    """
    hangs = [each for each in report.underway.running if each.overdue and each.run.state != State.FAILED]
    if report.health != "overdue" or not hangs:
        return None
    run, began = hangs[0].run, hangs[0].since
    ends = at if began is None else began + hangs[0].timeout
    limit = span(hangs[0].timeout.total_seconds())
    runs = f"The slot {slot_of(run.run_date, report.job)} has run since {slot_of(began or at, report.job)}"
    why = f"{runs}; its timeout is {limit}." if ends <= at else f"{runs}; slots were skipped behind it."
    facts = {"attempt": run.newest.attempt, "timeout_seconds": hangs[0].timeout.total_seconds()}
    name, since = report.job.name, min(ends, at)
    return Finding("overdue", name, since, why, name, run.id, run.run_date, facts)

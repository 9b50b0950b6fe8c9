"""When a job counts as failed, and when that is over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from jobs_api.alerts.findings import Finding, Key
from jobs_api.alerts.wording import slot_of
from jobs_api.models import HELD, JobRun, Reason, State
from jobs_api.monitoring import health
from jobs_api.monitoring.outlook import CANCEL_REQUESTED, Outlook, outlook, tries_of
from jobs_api.monitoring.report import JobReport
from jobs_api.runs.readers import state_of
from jobs_api.runs.recent import Past

FRUITLESS = 3
"""So many attempts that did not count as tries show that none can begin."""


def failed(
    report: JobReport, past: Sequence[Past], at: datetime, buried: Sequence[JobRun] = ()
) -> Finding | Key | None:
    """Whether the job has failed. The newest slot that was started decides.

    It has, if that slot ended failed (or its holder went silent) and

    - nothing will retry it: its tries are used up, or it is too old; or
    - a retry is due, and nobody has started it for longer than the job's grace: nobody calls run-due; or
    - the slot started before it ended failed, too: two in a row, though the last may be retried; or
    - three of its attempts could not begin, such as without a broker, for longer than the job's grace.

    It is not over, and not worse, while an attempt runs, while a retry is to come, and while the job is
    paused. It is over as soon as a newer slot, or a retry, has succeeded, or was cancelled by somebody.

    Of a job that catches up on all slots, an older one that failed for good counts, too: it is told, and is
    over with the next evaluation, which says that it stays failed.

    Args:
        past: the job's last runs, where the newest one failed and will be retried; else it may be empty.
        buried: see `buried`; the newest slot first.
    """
    found = _newest(report, past, at)
    if isinstance(found, Finding) or not buried:
        return found
    others = f", as have {len(buried) - 1} others" if len(buried) > 1 else ""
    why = f"its tries are used up{others}; newer slots were started since"
    return _finding(report, buried[0], why, at)


def _newest(report: JobReport, past: Sequence[Past], at: datetime) -> Finding | Key | None:
    run, key = report.last_started, ("failed", report.job.name)
    if run is None:
        return None
    if not health.is_failing(run):
        return key if run.state in HELD else None
    look = outlook(run, report.last_pause, at)
    if report.paused or look is None or look.why == CANCEL_REQUESTED:
        return key
    why = _why(report, run, look, past, at)
    return key if why is None else _finding(report, run, why, at)


def will_be_retried(report: JobReport, at: datetime) -> bool:
    """Whether `failed` wants to know what became of the slots before."""
    run = report.last_started
    if run is None or report.paused or not health.is_failing(run):
        return False
    look = outlook(run, report.last_pause, at)
    return look is not None and look.expected


def _why(report: JobReport, run: JobRun, look: Outlook, past: Sequence[Past], at: datetime) -> str | None:
    """Why that is to be told, after "and"; None: not yet."""
    if not look.expected:
        return look.why
    due, grace = _retry_due(run), report.job.grace_at(at)
    if due is not None and at - due > grace:
        return f"its retry was due at {slot_of(due, report.job)}, but nothing calls run-due"
    if _is_fruitless(run) and at - run.created_at > grace:
        return f"{FRUITLESS} attempts or more could not begin"
    before = next((each for each in past if each.run_date < run.run_date and _was_started(each)), None)
    return "so had the slot before" if before is not None and before.state == State.FAILED else None


def _retry_due(run: JobRun) -> datetime | None:
    return run.lease_expires_at if run.lease_over else run.next_attempt_at


def _is_fruitless(run: JobRun) -> bool:
    reasons = (Reason.SUBMIT_FAILED, Reason.INTERRUPTED, Reason.LOST)
    return state_of(run)[1] in reasons and run.attempt - tries_of(run) >= FRUITLESS


def _was_started(each: Past) -> bool:
    return each.state not in (State.QUEUED, State.SKIPPED)


def _finding(report: JobReport, run: JobRun, why: str, at: datetime) -> Finding:
    reason = str(state_of(run)[1]) or "failed"
    facts: dict[str, Any] = {"reason": reason, "attempt": run.attempt, "tries": tries_of(run)}
    since = run.lease_expires_at if run.lease_over else run.finished_at
    return Finding(
        "failed",
        report.job.name,
        since=min(since or at, at),
        detail=f"The slot {slot_of(run.run_date, report.job)} failed ({reason}), and {why}.",
        job_name=report.job.name,
        run=run.pk,
        run_date=run.run_date,
        facts=facts,
    )

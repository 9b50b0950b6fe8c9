"""Sends the signals of `jobs_api.signals`: one function for each event, called where it has happened.

Receivers are the host's code. They are called after the commit, outside of the time that our own statements
have, and a connection that they leave in a transaction is renewed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import Any

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model

from jobs_api import signals
from jobs_api.database import ERRORS, alias, rows
from jobs_api.database.bounds import elsewhere
from jobs_api.database.leftovers import settled
from jobs_api.models import JobPause, JobRun, Reason, State
from jobs_api.runs import trace_context
from jobs_api.runs.stopping import stops_the_process
from jobs_api.runs.types import RUN_DUE, Ending, Lease, Trigger
from jobs_api.text import loggers

logger = loggers.logger(__name__)

Late = tuple[datetime, float]
"""A slot, and how many seconds after it the trigger came."""
Counter = Callable[[Trigger, str, str, datetime, Late | None, float], None]
"""Receives a trigger, its job, the outcome, when it was answered, by the database's clock, how late it came,
where that tells about its source, and how many seconds the answer took. A call of run-due has no job, and the
outcome `RUN_DUE`."""
_counters: list[Counter] = []


def count_with(counter: Counter) -> None:
    """Let `counter` hear of every answer, in the request: it takes no time and uses no database.

    It is called before a signal could be: a repeat has no time for what receivers of the host need.
    """
    if counter not in _counters:
        _counters.append(counter)


def _send(signal: signals.Signal, sender: type[Model] = JobRun, /, **fields: Any) -> None:
    """Send a signal now, or when the caller's transaction is committed, if there is one."""
    if not signal.is_heard:
        return
    using = alias()
    if _is_in_transaction(connections[using]):
        transaction.on_commit(partial(_send_now, signal, sender, fields), using=using)
    else:
        _send_now(signal, sender, fields)


def _is_in_transaction(conn: BaseDatabaseWrapper) -> bool:
    """Whether our statement is not committed yet; the transaction around a Django TestCase does not count."""
    return conn.in_atomic_block and any(
        not getattr(block, "_from_testcase", False) for block in conn.atomic_blocks
    )


def _send_now(signal: signals.Signal, sender: type[Model], fields: dict[str, Any]) -> None:
    signal.send_to_ours(sender, fields)
    if not signal.has_guests:  # ours need no care, and a duplicate has no time for it
        return
    try:
        with elsewhere(), settled():
            signal.send_robust(sender, **fields)
    except BaseException as error:  # what `send_robust` lets through, such as a sys.exit() in a receiver
        if stops_the_process(error):
            raise
        kind = type(error).__name__
        logger.error("Not all receivers of the signal %s were called: %s.", signal.name, kind, exc_info=True)


# -- runs -------------------------------------------------------------------------------------


def queued(job_name: str, run_dates: Iterable[datetime], trigger: Trigger, *, at: datetime) -> None:
    """Slots of a job were ordered: those that had a run already send nothing."""
    if not signals.run_queued.is_heard:
        return
    wanted = set(run_dates)
    try:
        ours = rows().filter(job_name=job_name, state=State.QUEUED, attempt=0, created_at=at)
        made = [run for run in ours.only("run_date").order_by("run_date") if run.run_date in wanted]
    except ERRORS:  # they are queued all the same
        logger.warning("The signal run_queued could not be sent.", exc_info=True)
        return
    for run in made:
        fields: dict[str, Any] = {"job": job_name, "run": run.pk, "run_date": run.run_date, "attempt": 0}
        _send(signals.run_queued, **fields, **_by(trigger))


def parked(lease: Lease) -> None:
    """A claimed attempt waits again, as its host has no room."""
    by = Trigger("executor", lease.source, traceparent=lease.traceparent)
    _send(signals.run_queued, **_of(lease), **_by(by))


def claimed(lease: Lease, trigger: Trigger) -> None:
    """A trigger has taken the run."""
    taken = {"source": lease.source, "traceparent": lease.traceparent}
    _send(signals.run_claimed, **_of(lease), **{**_by(trigger), **taken})


def skipped(run: JobRun, trigger: Trigger) -> None:
    """A slot was recorded as left out."""
    _send(signals.run_skipped, job=run.job_name, run=run.pk, run_date=run.run_date, **_by(trigger))


def expired(run: JobRun) -> None:
    """A queued run became too old."""
    _send(signals.run_expired, **_of_run(run))


def cancelled(run: JobRun, *, actor: str, comment: str, ended: bool, at: datetime) -> None:
    """An operator cancelled a run, which stood as it does in this object.

    Args:
        ended: it had not begun, and has ended.
    """
    if run.state == State.CLAIMED:
        end = {"state": str(State.CANCELLED), "reason": str(Reason.CANCELLED), "error": ""}
        end["closed_by"] = "operator"
        _finished(**_of_run(run), **_from(run), **end, started_at=None, finished_at=at)
    _send(signals.run_cancelled, **_of_run(run), actor=actor, comment=comment, ended=ended)


# -- attempts ---------------------------------------------------------------------------------


def started(lease: Lease) -> None:
    """An attempt begins."""
    _send(signals.attempt_started, **_of(lease), **_from(lease), started_at=lease.started_at)


def finished(lease: Lease, ending: Ending, *, begun: bool = True) -> None:
    """How an attempt ended was written by its holder.

    Args:
        begun: False for one that nobody took.
    """
    started_at = lease.started_at if begun else None
    end = {"state": str(ending.state), "reason": str(ending.reason), "error": ending.error}
    fields: dict[str, Any] = {
        "exception": ending.raised,
        "output": ending.output,
        "finished_at": ending.finished_at,
    }
    _finished(**_of(lease), **_from(lease), started_at=started_at, **end, **fields)


def lost(run: JobRun, *, cancelled: bool, error: str, at: datetime) -> None:
    """A silent holder's attempt was closed; `run` is its row as it stood before.

    Args:
        cancelled: a cancel was requested, so that is how it ended.
    """
    about = {**_of_run(run), **_from(run), "started_at": run.started_at}
    state, reason = (State.CANCELLED, Reason.CANCELLED) if cancelled else (State.FAILED, Reason.LOST)
    _send(signals.attempt_lost, **about)
    end = {"state": str(state), "reason": str(reason), "error": error, "closed_by": "reaper"}
    _finished(**about, **end, finished_at=at)


def _finished(**fields: Any) -> None:
    usual: dict[str, Any] = {"exception": None, "output": (b"", b"", 0), "closed_by": "holder"}
    _send(signals.attempt_finished, **{**usual, **fields})


# -- triggers and jobs ------------------------------------------------------------------------


def answered(
    trigger: Trigger,
    *,
    job: str,
    run_date: datetime,
    outcome: str,
    run: tuple[int | None, int | None],
    at: datetime,
    late: Late | None = None,
    taken: float = 0,
) -> None:
    """A trigger was answered.

    Args:
        run: its id and its attempt's number; None where there is no run.
        late, taken: see `Counter`.
    """
    _count(trigger, job, outcome, at, late, taken)
    if signals.trigger_answered.is_heard:
        about: dict[str, Any] = {"job": job, "run_date": run_date, "outcome": outcome, "at": at}
        _send(signals.trigger_answered, **about, run=run[0], attempt=run[1], **_by(trigger))


def polled(trigger: Trigger, *, at: datetime) -> None:
    """Run-due was called, whatever it found: for the counters only."""
    _count(trigger, "", RUN_DUE, at, None, 0)


def _count(trigger: Trigger, job: str, outcome: str, at: datetime, late: Late | None, taken: float) -> None:
    for counter in _counters:
        try:
            counter(trigger, job, outcome, at, late, taken)
        except Exception:  # what was answered stays
            logger.exception("A trigger could not be counted.")


def paused(job_name: str, *, actor: str, comment: str, at: datetime, until: datetime | None = None) -> None:
    """A job was paused, or paused otherwise."""
    _send(signals.job_paused, JobPause, job=job_name, actor=actor, comment=comment, at=at, until=until)


def resumed(job_name: str, *, actor: str, comment: str, at: datetime) -> None:
    """A job goes on."""
    _send(signals.job_resumed, JobPause, job=job_name, actor=actor, comment=comment, at=at)


# -- fields -----------------------------------------------------------------------------------


def _of(lease: Lease) -> dict[str, Any]:
    run_date = lease.run_date
    return {"job": lease.job_name, "run": lease.run_id, "run_date": run_date, "attempt": lease.attempt}


def _of_run(run: JobRun) -> dict[str, Any]:
    return {"job": run.job_name, "run": run.pk, "run_date": run.run_date, "attempt": run.attempt}


def _from(attempt: Lease | JobRun) -> dict[str, str]:
    return {
        "trigger": attempt.trigger,
        "source": attempt.source,
        "actor": attempt.actor,
        "traceparent": attempt.traceparent,
    }


def _by(trigger: Trigger) -> dict[str, Any]:
    return {
        "trigger": trigger.kind,
        "source": trigger.source,
        "actor": trigger.actor,
        "comment": trigger.comment,
        "traceparent": trace_context.stored(trigger.traceparent),
    }

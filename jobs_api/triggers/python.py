"""Triggers from Python: what the functions of `public` do once the models are there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.core.exceptions import ImproperlyConfigured
from django.db import DataError, connections, transaction

from jobs_api import registry
from jobs_api.conf import config
from jobs_api.database import alias
from jobs_api.database.bounds import bounded
from jobs_api.database.connecting import drop_if_dead
from jobs_api.database.problems import problem_of
from jobs_api.exceptions import SENTENCES, BadInput, DatabaseBusy, NotFound, WrongUse
from jobs_api.execution.current import current_run
from jobs_api.registry import discovery
from jobs_api.registry.job import Job
from jobs_api.runs.types import RUN_DUE, Trigger
from jobs_api.text import loggers
from jobs_api.triggers import due
from jobs_api.triggers.dispatch import dispatch
from jobs_api.triggers.from_python import (
    flag_of,
    options_of,
    reason_of,
    run_date_of,
    scheduled_at_of,
    seconds_of,
)
from jobs_api.triggers.payload import Payload
from jobs_api.triggers.public import DueResult, TriggerResult
from jobs_api.triggers.request import Result
from jobs_api.triggers.validation import text_of

logger = loggers.logger(__name__)

Answer = TypeVar("Answer", TriggerResult, DueResult)


def trigger(name: str, **sent: Any) -> TriggerResult:
    """See `public.trigger`."""
    _require_own_commits("trigger")
    job = _job(name)
    payload = _payload(job, **sent)

    def trouble(outcome: str, detail: str, retry_after: int | None) -> TriggerResult:
        return TriggerResult(outcome, job.name, retry_after=retry_after, detail=detail)

    return _carry_out(f"trigger({name!r})", lambda: _result(dispatch(payload.request(job))), trouble)


def run_due(*, source: str, seconds: Any) -> DueResult:
    """See `public.run_due`."""
    _require_own_commits("run_due")
    try:
        discovery.require_sound()
    except ImproperlyConfigured as error:
        raise WrongUse(str(error)) from None
    sent = Trigger(RUN_DUE, text_of(source, "source"), note=_note())
    limit = None if seconds is None else seconds_of(seconds, "seconds")

    def trouble(outcome: str, detail: str, retry_after: int | None) -> DueResult:
        return DueResult(outcome, retry_after=retry_after, detail=detail)

    return _carry_out("run_due()", lambda: _due_result(due.run_due(sent, seconds=limit)), trouble)


# -- what was sent ----------------------------------------------------------------------------


def _job(name: Any) -> Job:
    """The job of that name; an error names those there are."""
    if not isinstance(name, str):
        raise BadInput(f"`name` must be the name of a job, not {name!r:.60}.")
    try:
        return registry.get(name)
    except NotFound as error:
        raise BadInput(f"{error.detail} {discovery.known()}") from None


def _payload(job: Job, **sent: Any) -> Payload:
    wait = min(seconds_of(sent["wait"], "wait"), config().wait_limit_seconds)
    return Payload(
        "python",
        run_dates=(run_date_of(sent["run_date"]),),
        scheduled_at=scheduled_at_of(job, sent["scheduled_at"]),
        max_late=None if sent["max_late"] is None else seconds_of(sent["max_late"], "max_late"),
        options=options_of(sent["options"]),
        force=flag_of(sent["force"], "force"),
        source=text_of(sent["source"], "source")[:100],
        reason=reason_of(sent["reason"]),
        reference=_note(),
        wait=wait,
        wait_own=wait,
    )


def _note() -> str:
    """Which run's command this is, for the record of the run that it triggers."""
    run = current_run()
    return f"triggered by {run.job_name} {run.run_date.isoformat()}" if run and run.run_date else ""


# -- the guarantee needs commits of our own ---------------------------------------------------


def _require_own_commits(name: str) -> None:
    """Refuse a caller in a transaction: of whatever database, as an inline command would write in it."""
    for conn in connections.all(initialized_only=True):
        if conn.in_atomic_block:
            own = _is_of_a_test(conn.alias)
        else:
            own = conn.connection is None or conn.autocommit
        if not own:
            raise WrongUse(
                f"jobs_api.{name}() was called inside a transaction of the database {conn.alias!r}. The run "
                "must be on record before its command starts, and a rollback would undo both. "
                f"Call it after the commit: transaction.on_commit(lambda: {name}(...))."
            )


def _is_of_a_test(using: str) -> bool:
    """Whether the transaction is the one around a test of Django's TestCase."""
    try:
        with transaction.atomic(using, savepoint=False, durable=True):
            return True
    except RuntimeError:
        return False


# -- what came of it --------------------------------------------------------------------------


def _carry_out(
    call: str, act: Callable[[], Answer], trouble: Callable[[str, str, int | None], Answer]
) -> Answer:
    """Do it, bounded as a request is; what is not the caller's fault is logged, and becomes a result."""
    try:
        with bounded(gated=True):
            drop_if_dead(connections[alias()])
            return act()
    except BadInput:
        raise
    except DataError as error:
        raise BadInput("A value is out of the range that the database can hold.") from error
    except Exception as error:
        problem = problem_of(error)
        if problem.status == DatabaseBusy.status:
            logger.warning("The database was not available for %s.", call, exc_info=error)
            return trouble("unavailable", problem.detail, 5)
        logger.error("Internal error in %s.", call, exc_info=error)
        return trouble("internal_error", problem.detail, None)


UNSUCCESSFUL = {
    "failed": "The attempt failed.",
    "submit_failed": "The executor could not take the attempt; it cost no try. Call again.",
}


def _result(result: Result) -> TriggerResult:
    run_date = result.run_date.astimezone(result.job.slots.zone)
    outcome = str(result.outcome)  # it may be a member of `State`, whose repr is another
    detail = _detail(outcome, result)
    return TriggerResult(
        outcome, result.job.name, run_date, result.run, result.retry_after, detail, result.pause
    )


def _detail(outcome: str, result: Result) -> str:
    """Why it did not succeed, and where the output is, which tells more."""
    if result.pause is not None:
        return f"The job is paused {result.pause.told(result.job.slots.zone)}."
    run, sentence = result.run, (SENTENCES | UNSUCCESSFUL).get(outcome, "")
    if run is not None and outcome in ("failed", "attempts_exhausted"):
        return f"{sentence} `manage.py jobs_show {run.id}` shows its output."
    return sentence


def _due_result(report: due.Report) -> DueResult:
    outcome = "failed" if report.failed else "remaining" if report.remaining else "done"
    results = tuple(map(_result, report.results))
    return DueResult(outcome, results, report.remaining, 10 if report.remaining else None)

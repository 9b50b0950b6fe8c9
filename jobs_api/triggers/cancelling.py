"""Cancel a run: at once if it has not begun; otherwise its holder is asked to stop."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from jobs_api import audit, database, executors, runs
from jobs_api.clock import Moment
from jobs_api.exceptions import DatabaseBusy, InFlight, LostRace
from jobs_api.models import JobRun
from jobs_api.runs import events
from jobs_api.text import loggers
from jobs_api.triggers.dispatch import reap

logger = loggers.logger(__name__)


def cancel_run(run: JobRun, *, actor: str, reason: str) -> bool:
    """Cancel a run that has not begun (True), or ask a running one to stop (False).

    Raises:
        InFlight: it has ended; nothing was changed.
    """
    who = f"{actor}: {reason}" if actor and reason else actor or reason
    for _ in range(10):
        moment = Moment(database.now())
        reap(database.rows().filter(pk=run.pk), moment=moment)  # a dead holder cannot stop it
        try:
            with transaction.atomic(database.alias()):
                done = runs.cancel(run, actor=who, at=moment.at)
                _record(run, "cancelled" if done else "asked to stop", actor, reason, moment)
        except LostRace:
            run.refresh_from_db(using=database.alias())
        except InFlight:
            _record(run, f"conflict: {run.state}", actor, reason, moment, refused=True)
            raise
        else:
            events.cancelled(run, actor=actor, comment=reason, ended=done, at=moment.at)
            _revoke(run)
            return done
    raise DatabaseBusy


def _record(
    run: JobRun, result: str, actor: str, reason: str, moment: Moment, *, refused: bool = False
) -> None:
    about: dict[str, Any] = {"job": run.job_name, "run": run.pk, "run_date": run.run_date, "refused": refused}
    audit.record("cancel", at=moment.at, result=result, actor=actor, reason=reason, **about)


def _revoke(run: JobRun) -> None:
    """Tell the executor of the attempt; the cancel is stored in any case."""
    try:
        executors.load(run.executor).revoke(run)
    except Exception:  # a host's executor may raise anything
        logger.warning("Run %s is cancelled, but %s did not revoke it.", run.pk, run.executor, exc_info=True)

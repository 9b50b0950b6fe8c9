"""Run a slot again, from any end state: an operator's order."""

from __future__ import annotations

from typing import Any

from jobs_api import audit, database
from jobs_api.exceptions import InFlight, Superseded
from jobs_api.models import JobRun
from jobs_api.registry.job import Job
from jobs_api.runs.types import Trigger
from jobs_api.triggers.dispatch import dispatch
from jobs_api.triggers.request import Request, Result
from jobs_api.triggers.validation import check_options, require_started


def rerun(
    run: JobRun,
    job: Job,
    trigger: Trigger,
    options: dict[str, Any] | None = None,
    *,
    wait_own: float | None = None,
    after: int | None = None,
) -> Result:
    """Start a new attempt of a run that has ended.

    Args:
        trigger: of the kind RERUN.
        options: in the place of the run's own; None keeps them.
        wait_own: see `Request`.
        after: see `Request`; None: whatever its newest attempt is.

    Raises:
        BadInput: the job takes no such options.
        InFlight: the run waits for its first attempt; nothing was changed.
        Superseded: it has begun again since; nothing was changed.
        DatabaseBusy: see `dispatch`.
    """
    checked = None if options is None else check_options(job, options)
    order = Request(
        job, run.run_date, trigger, checked, force=True, action="rerun", wait_own=wait_own, after=after
    )
    try:
        require_started(run)
        return dispatch(order)
    except InFlight as error:
        conflict = "begun again" if isinstance(error, Superseded) else run.state
        about: dict[str, Any] = {"job": job.name, "run": run.pk, "run_date": run.run_date}
        about |= {"actor": trigger.actor, "reason": trigger.comment}
        audit.record("rerun", at=database.now(), result=f"conflict: {conflict}", refused=True, **about)
        raise

"""Begin and perform an attempt: an engine calls `deliver` with the run's id and the attempt's number."""

from __future__ import annotations

import dataclasses
import time
from datetime import datetime

from jobs_api import clock, database, registry, runs
from jobs_api.clock import Moment
from jobs_api.database.outage import through_outage
from jobs_api.exceptions import LeaseLost
from jobs_api.execution.perform import perform
from jobs_api.models import HELD, State
from jobs_api.runs.types import Ending, Lease
from jobs_api.text import loggers
from jobs_api.worker import supervisor

logger = loggers.logger(__name__)


def deliver(run_id: int, attempt: int, *, isolated: bool = True) -> Ending | None:
    """Perform an attempt that was claimed for this engine; returns how it ended.

    None: there is nothing to do. It was delivered before, cancelled or given up meanwhile, or this
    process does not know the job, which is recorded.

    Args:
        isolated: run the command in a child of this process, if possible: not in a thread.

    Raises:
        DatabaseError: the database stayed away longer than a lease lasts; deliver it again later.
    """
    lease = _begin(run_id, attempt)
    if lease is None:
        logger.info("Run %s, attempt %s: there is nothing to do.", run_id, attempt)
        return None
    job = registry.get(lease.job_name)
    try:
        if isolated and supervisor.possible():
            return supervisor.supervise(job, lease)
        return perform(job, lease)
    except LeaseLost:
        logger.warning("Run %s, attempt %s: another attempt has replaced it.", run_id, attempt)
        return None


def _begin(run_id: int, attempt: int) -> Lease | None:
    """Begin, also if the database is away for a while; at most as long as a lease lasts."""
    begun = Begun()
    return through_outage(
        lambda again: _take(run_id, attempt, begun), "Run %s could not begin yet; trying again.", run_id
    )


@dataclasses.dataclass(slots=True)
class Begun:
    """When this delivery began: the database's time, read by its first statement."""

    at: datetime | None = None


def _take(run_id: int, attempt: int, begun: Begun) -> Lease | None:
    sent_at = time.monotonic()
    held = database.rows().filter(pk=run_id, attempt=attempt, state__in=HELD)
    run = held.annotate(read_at=clock.expression(None)).first()
    if run is None:
        return None
    at = begun.at = begun.at or clock.note_reading(run.read_at, sent_at)
    wanted = (run.job_name, run.run_date, run.tries, run.options)
    origin = (run.source, run.trigger, run.actor, run.traceparent)
    lease = Lease(run.pk, attempt, *wanted, at, sent_at, *origin)
    if run.state == State.RUNNING:  # begun by another delivery, or by this one, whose answer was lost
        ours = (run.holder, run.started_at) == (runs.holder(), at)
        return lease if ours and runs.renew([lease]) else None
    if registry.find(run.job_name) is None:
        runs.abandon(lease, "The worker does not know this job.", moment=Moment(at))
        logger.warning("Run %s: this worker does not know the job %s.", run_id, lease.job_name)
        return None
    try:
        runs.begin(lease, moment=Moment(at))
    except LeaseLost:
        return None
    return lease

"""What every attempt needs, wherever its command runs: a heartbeat, and its end written last."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from datetime import datetime

from jobs_api import database, runs
from jobs_api.database.bounds import bounded
from jobs_api.database.outage import through_outage
from jobs_api.exceptions import LeaseLost
from jobs_api.execution.heartbeat import Beat, heartbeat
from jobs_api.models import State
from jobs_api.registry.job import Job
from jobs_api.runs import events
from jobs_api.runs.types import Ending, Lease
from jobs_api.text import loggers

logger = loggers.logger(__name__)

Ended = tuple[Ending, BaseException | None]
"""How a command ended, and what stops this process, if that is why."""


def carry_out(job: Job, beat: Beat, command: Callable[[], Ended], *, now: datetime | None = None) -> Ending:
    """Call `command` while the heartbeat renews its lease, and write how it ended.

    Args:
        now: for tests; None is the database's clock.

    Raises:
        LeaseLost: another attempt holds the run by now; nothing was written.
        DatabaseError: the lease was over before the command, and could not be renewed: it was not called.
        KeyboardInterrupt, SystemExit: the process is being stopped; that was written.
    """
    with heartbeat.watching(beat):
        _hold(beat)
        ending, stopping = command()
        progress = (beat.run.done, beat.run.total)
        ending = dataclasses.replace(ending, progress=progress, output=beat.output.parts())
        try:
            return write_end(job, beat.lease, ending, now=now)
        finally:
            if stopping is not None:
                raise stopping


def _hold(beat: Beat) -> None:
    """Start no command without a lease: this process may have stood still since its claim.

    A busy event loop, a suspended machine: the lease may be over before the answer to the claim is read.
    """
    if beat.run.holds:
        return
    sent = time.monotonic()
    with bounded():
        if not runs.renew([beat.lease]):
            raise LeaseLost
    beat.renewed = sent


def write_end(job: Job, lease: Lease, ending: Ending, *, now: datetime | None = None) -> Ending:
    """Finish, also if the database is away for a while; at most as long as a lease lasts.

    Returns the end as it was written, see `runs.finish`.

    Raises:
        LeaseLost: see `runs.finish`.
        DatabaseError: the database stayed away; the lease decides.
    """
    moment = lease.now(now)
    ending = dataclasses.replace(ending, finished_at=moment.at)

    def write(again: bool) -> Ending:
        # Perhaps it was written, and the answer was lost.
        return (_written(lease, ending) if again else None) or runs.finish(lease, ending, job, moment=moment)

    written = through_outage(write, "Run %s: its result could not be written; trying again.", lease.run_id)
    events.finished(lease, written)
    return written


def _written(lease: Lease, ending: Ending) -> Ending | None:
    """The end of this attempt, if it is written: as intended, or changed by a cancel."""
    ours = database.rows().filter(pk=lease.run_id, attempt=lease.attempt, finished_at=ending.finished_at)
    found = ours.filter(state__in=(ending.state, State.CANCELLED)).values_list("state", "reason").first()
    return found and dataclasses.replace(ending, state=found[0], reason=found[1])

"""Send signals while an attempt holds a lease that no heartbeat renews yet.

Receivers may be slow. The lease is renewed meanwhile; the command is called only if the lease is still valid.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from contextlib import contextmanager

from jobs_api import runs, signals
from jobs_api.conf import config
from jobs_api.database.bounds import bounded
from jobs_api.exceptions import LeaseLost
from jobs_api.execution.current import CurrentRun
from jobs_api.execution.heartbeat import Beat, heartbeat
from jobs_api.registry.job import Job
from jobs_api.runs import events
from jobs_api.runs.output import Output
from jobs_api.runs.types import Lease, Trigger


def claimed(job: Job, lease: Lease, trigger: Trigger, *, begun: bool) -> Lease:
    """Announce that a trigger has taken the run; returns the lease as it was renewed meanwhile.

    Args:
        begun: its attempt has begun, too: it has seconds, and one that waits for its engine has minutes.

    Raises:
        LeaseLost: another attempt holds the run by now.
    """
    if not begun or not signals.run_claimed.may_take_time:
        events.claimed(lease, trigger)
        return lease
    came = time.monotonic()
    with _kept(job, lease) as beat:
        events.claimed(lease, trigger)
    return _renewed(lease, beat, came)


def started(job: Job, lease: Lease) -> Lease:
    """Announce that an attempt begins; returns the lease as it was renewed meanwhile.

    Raises:
        LeaseLost: another attempt holds the run by now.
    """
    if not signals.attempt_started.may_take_time:  # ours take no time: no lease has to be kept meanwhile
        events.started(lease)
        return lease
    came = time.monotonic()
    with _kept(job, lease) as beat:
        events.started(lease)
    return _renewed(lease, beat, came)


@contextmanager
def _kept(job: Job, lease: Lease) -> Iterator[Beat]:
    # Beyond the time of the job it is renewed no more: a receiver that hangs should not keep the slot.
    run = CurrentRun(job_name=job.name, run_date=lease.run_date, attempt=lease.attempt, timeout=job.timeout)
    with heartbeat.watching(Beat(lease, run, Output(1))) as beat:
        yield beat


def _renewed(lease: Lease, beat: Beat, came: float) -> Lease:
    """The lease after receivers that may have been slow; a line in a log takes no time, and costs nothing."""
    now, renewed = time.monotonic(), beat.renewed
    if beat.run.stopped == "lost":
        raise LeaseLost
    if now - max(renewed, came) >= config().renew_seconds:
        with bounded():
            if not runs.renew([lease]):
                raise LeaseLost
        renewed = now
    return dataclasses.replace(lease, sent_at=renewed)

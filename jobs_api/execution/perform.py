"""Perform one attempt in this process: call the command, and write how it ended.

Whatever the command does to its output, its database connection or its process, the result is
written last and from what really happened.
"""

from __future__ import annotations

import os
from datetime import datetime

from jobs_api.arguments import run_command
from jobs_api.audit import acting
from jobs_api.conf import config
from jobs_api.database.bounds import elsewhere
from jobs_api.execution import announcing, around, endings, forks
from jobs_api.execution.apart import run_apart
from jobs_api.execution.attempt import Ended, carry_out
from jobs_api.execution.capture import capturing, put_back
from jobs_api.execution.connections import renewed_after_use
from jobs_api.execution.current import CurrentRun, enter, leave
from jobs_api.execution.heartbeat import Beat
from jobs_api.execution.surroundings import restored
from jobs_api.models import State
from jobs_api.registry.job import Job
from jobs_api.runs.output import Output, Sink
from jobs_api.runs.stopping import stops_the_process
from jobs_api.runs.types import Ending, Lease


def perform(job: Job, lease: Lease, *, now: datetime | None = None) -> Ending:
    """Run the command of a lease that has begun, and write how it ended.

    Raises:
        LeaseLost: another attempt holds the run by now; nothing was written.
        KeyboardInterrupt, SystemExit: the process is being stopped; that was written.
    """
    # The command's statements are its own; what is written after it has time of its own.
    with elsewhere(), around.attempt(lease):
        return _perform(job, announcing.started(job, lease), now)


def _perform(job: Job, lease: Lease, now: datetime | None) -> Ending:
    output, slot = Output(config().output_bytes), lease.run_date.astimezone(job.slots.zone)
    current = CurrentRun(job_name=job.name, run_date=slot, attempt=lease.attempt, timeout=job.timeout)

    def command() -> Ended:
        with renewed_after_use(), forks.inside(), restored(job.name):
            return run_apart(call, job, lease, current, output)

    return carry_out(job, Beat(lease, current, output), command, now=now)


def call(job: Job, lease: Lease, current: CurrentRun, output: Sink, *, whole_process: bool = False) -> Ended:
    """Call the command; returns how it ended, and what stops this process, if that is why.

    Args:
        whole_process: what other threads write is the run's, too.
    """
    stopping, here = None, 0 if whole_process else os.getpid()
    token = enter(current)
    # Whoever triggered it does not do what the command does.
    by_itself = acting("python", actor=f"job {job.name}", address=f"run {lease.run_id}")
    with by_itself, capturing(output, whole_process=whole_process) as stream:
        try:
            with put_back():
                run_command(job, lease.options, stream)
            forks.stay(here)
            ending = Ending(State.SUCCEEDED)
        except BaseException as error:  # noqa: BLE001 - recorded here, and raised again if it is the process that stops
            forks.stay(here, error)
            # In a process of the command's own nobody else raises: what stops that one is a RunStopped.
            stopping = error if not whole_process and stops_the_process(error) else None
            ending = endings.of(error, stream, stopping=stopping is not None)
        finally:
            leave(token)
    if current.overdue:  # also where its process is stopped: a command that hangs has to use up its tries
        ending = endings.overdue(ending, current, job.timeout, stream)
    return ending, stopping

"""A process that has had a run, so that its heartbeat goes, and forks; the child has a run of its own.

Called with the ids of two runs that have begun and whose leases have run out.
"""

import os
import sys
import time

import django


def main(first: int, second: int) -> int:
    """Renew one lease here, the other in a child."""
    from django.db import connections

    from jobs_api.execution.heartbeat import heartbeat

    renew(first)
    # SQLite's connections must not be carried through a fork: the thread closes its own when it is idle.
    time.sleep(0.1)
    alive = beat(first, quiet=1000)
    connections.close_all()
    with heartbeat.watching(alive):
        child = os.fork()
        if child:
            _, status = os.waitpid(child, 0)
            return os.waitstatus_to_exitcode(status)
        renew(second)
        os._exit(0)


def renew(run_id):
    from django.utils import timezone

    from jobs_api.execution.heartbeat import heartbeat
    from jobs_api.models import JobRun
    from tests.jobs_api.execution.attempts import eventually

    with heartbeat.watching(beat(run_id)):
        assert [run_id for run_id, _ in heartbeat.attempts()] == [run_id]
        eventually(lambda: JobRun.objects.get(pk=run_id).lease_expires_at > timezone.now())


def beat(run_id, quiet=0):
    """A run that lives in this process; for so many seconds nothing has to be done for it."""
    from jobs_api.execution.current import CurrentRun
    from jobs_api.execution.heartbeat import Beat
    from jobs_api.models import JobRun
    from jobs_api.runs.output import Output
    from jobs_api.runs.types import Lease

    run = JobRun.objects.get(pk=run_id)
    lease = Lease(run.pk, run.attempt, run.job_name, run.run_date, run.tries, {}, run.started_at)
    made = Beat(lease, CurrentRun(attempt=run.attempt), Output(100))
    made.renewed = made.looked = made.renewed + quiet
    return made


if __name__ == "__main__":
    django.setup()
    from django.test import override_settings

    from jobs_api.execution import heartbeat as module

    module.TICK = 0.005
    with override_settings(JOBS_API={"RENEW_SECONDS": 0.02}):
        sys.exit(main(*map(int, sys.argv[1:])))

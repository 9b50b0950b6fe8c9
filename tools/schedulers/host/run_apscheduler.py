"""A process with APScheduler: run_apscheduler 3|4|django"""

from __future__ import annotations

import sys
from typing import Any

import django


def run(add: Any, scheduler: Any) -> None:
    """Give it our jobs, and let it work in this thread."""
    add(scheduler, "tick_*", run_due_every=1)
    print("jobs are added", flush=True)
    scheduler.start()


def three(*, stored: bool) -> None:
    """APScheduler 3, by default with its store in memory."""
    from apscheduler.schedulers.blocking import BlockingScheduler

    scheduler = BlockingScheduler(timezone="UTC")
    if not stored:
        from jobs_api.bridges.apscheduler import add_jobs

        run(add_jobs, scheduler)
    else:
        from django_apscheduler.jobstores import DjangoJobStore

        from jobs_api.bridges.django_apscheduler import add_jobs

        scheduler.add_jobstore(DjangoJobStore(), "default")
        run(add_jobs, scheduler)


def four() -> None:
    """APScheduler 4."""
    from apscheduler import Scheduler

    from jobs_api.bridges.apscheduler4 import add_jobs

    with Scheduler() as scheduler:
        add_jobs(scheduler, "tick_*", run_due_every=1)
        print("jobs are added", flush=True)
        scheduler.run_until_stopped()


if __name__ == "__main__":
    django.setup()
    four() if sys.argv[1] == "4" else three(stored=sys.argv[1] == "django")

"""django-apscheduler: APScheduler 3 with a job store in the host's database.

Where the host makes its scheduler, such as in the command `runapscheduler` that its page proposes::

    from jobs_api.bridges.django_apscheduler import add_jobs

    scheduler.add_jobstore(DjangoJobStore(), "default")
    add_jobs(scheduler)

Its admin shows the jobs and their executions. See `jobs_api.bridges.apscheduler` for the rest.
"""

from __future__ import annotations

from functools import partial

from jobs_api.bridges import apscheduler

SOURCE = "django-apscheduler"

add_jobs = partial(apscheduler.add_jobs, source=SOURCE)
"""As `jobs_api.bridges.apscheduler.add_jobs`."""

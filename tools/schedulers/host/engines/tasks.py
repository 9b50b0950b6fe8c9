"""Connect the scheduler, with the jobs of each minute and run-due."""

import os

ENGINE = os.environ.get("HOST_ENGINE", "")

if ENGINE == "huey":
    from huey.contrib.djhuey import HUEY

    from jobs_api.bridges.huey import add_jobs

    add_jobs(HUEY, "tick_*", run_due_every=1)

if ENGINE == "procrastinate":
    from procrastinate.contrib.django import app

    from jobs_api.bridges.procrastinate import add_jobs

    add_jobs(app, "tick_*", run_due_every=1)

if ENGINE == "django_background_tasks":
    from jobs_api.bridges import django_background_tasks as django_background_tasks

if ENGINE == "dramatiq_crontab":
    import dramatiq
    from django.conf import settings
    from dramatiq.brokers.redis import RedisBroker

    dramatiq.set_broker(RedisBroker(port=settings.PORTS[0]))

    from jobs_api.bridges.dramatiq_crontab import add_jobs

    add_jobs("tick_*", run_due_every=1)

"""Rows of the three schedulers that keep them in the database."""

from __future__ import annotations

import json
import pickle
from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2026, 3, 5, 4, 23, tzinfo=UTC)
"""05:23 in Berlin."""


def of_celery() -> None:
    """PeriodicTasks with each kind of schedule."""
    from django_celery_beat import models

    def add(name: str, task: str = "shop.tasks.work", **fields: Any) -> None:
        models.PeriodicTask.objects.create(name=name, task=task, **fields)

    cron = models.CrontabSchedule.objects.create
    interval = models.IntervalSchedule.objects.create
    night = cron(minute="30", hour="3", timezone="Europe/Berlin")
    add("Nightly report", crontab=night, args='["a", 1]', kwargs='{"api_key": "horse", "full": true}')
    add("weekdays", crontab=cron(minute="*/15", hour="8-17", day_of_week="mon-fri", timezone="UTC"))
    add("sundays", crontab=cron(minute="0", hour="6", day_of_week="0", timezone="UTC"), expire_seconds=600)
    add("both days", crontab=cron(minute="0", hour="6", day_of_month="13", day_of_week="fri"))
    add("each 10 minutes", interval=interval(every=10, period="minutes"), queue="slow", description="Ten.")
    add("each 7 minutes", interval=interval(every=7, period="minutes"))
    add("each 30 seconds", interval=interval(every=30, period="seconds"))
    add("off", crontab=night, enabled=False)
    add("once", clocked=models.ClockedSchedule.objects.create(clocked_time=START), one_off=True)
    sun = models.SolarSchedule.objects.create(event="sunset", latitude=52.5, longitude=13.4)
    add("sunset", solar=sun)
    add("celery.backend_cleanup", task="celery.backend_cleanup", crontab=night)
    broken = models.PeriodicTask(name="broken", task="shop.tasks.work", crontab=night, args="[no json")
    models.PeriodicTask.objects.bulk_create([broken])
    add("clearsessions", task="django.core.management.call_command", crontab=night, args='["clearsessions"]')
    add("bridge", task="jobs_api.run_due", crontab=night)


def of_django_q() -> None:
    """Schedules of each type."""
    from django_q.models import Schedule

    def add(kind: str, name: str | None = None, **fields: Any) -> None:
        rows.append(
            Schedule(
                name=name, schedule_type=kind, **{"func": "shop.tasks.work", "next_run": START, **fields}
            )
        )

    rows: list[Any] = []
    add("C", "cron", cron="0 22 * * 1-5", args="1, 'two'", kwargs="password='horse', full=True")
    add("C", "bad cron", cron="99 * * * *")
    add("I", "each 15 minutes", minutes=15)
    add("I", "each 7 minutes", minutes=7)
    add("H", func="shop.tasks.hourly")
    add("D", "daily", kwargs="{'a': [1, None]}", intended_date_kwarg="day", hook="shop.hooks.done")
    add("W", "weekly")
    add("BW", "biweekly")
    add("M", "monthly")
    add("M", "at the end", next_run=datetime(2026, 1, 31, 12, tzinfo=UTC))
    add("Q", "quarterly")
    add("Y", "yearly", cluster="slow")
    add("O", "once")
    add("D", "three times", repeats=3)
    add("C", "five times", cron="0 4 * * *", repeats=5)
    add("D", "off", repeats=0)
    add("D", "code", args="__import__('os').system('true')")
    add("D", "no next run", next_run=None)
    add("D", "command", func="django.core.management.call_command", args="'clearsessions'")
    add("C", "bridge", func="jobs_api.bridges.django_q2.fire", args="'nightly',", cron="0 3 * * *")
    Schedule.objects.bulk_create(rows)


def of_apscheduler() -> None:
    """Jobs as django-apscheduler's store writes them."""
    from apscheduler.schedulers.background import BackgroundScheduler
    from django_apscheduler.models import DjangoJob

    from tests.jobs_api.importers.host.work import work

    scheduler = BackgroundScheduler(timezone="Europe/Berlin")
    scheduler.add_job(
        work, "cron", day_of_week="0-4", hour=7, id="workdays", args=[1], kwargs={"token": "horse"}
    )
    scheduler.add_job(work, "interval", hours=2, start_date=START, id="two hours")
    for job, *_ in scheduler._pending_jobs:
        scheduler.timezone = scheduler.timezone
        job._modify(next_run_time=START + timedelta(days=1), executor="default", **_defaults(job))
        DjangoJob.objects.create(id=job.id, next_run_time=START, job_state=pickle.dumps(job.__getstate__()))
    DjangoJob.objects.create(id="unreadable", next_run_time=START, job_state=b"no pickle")


def _defaults(job: Any) -> dict[str, Any]:
    usual = {"misfire_grace_time": 1, "coalesce": True, "max_instances": 1}
    return {name: value for name, value in usual.items() if not hasattr(job, name)}


def printed() -> str:
    """What `jobs_import` prints for each of the three, as JSON."""
    import io

    from django.core.management import call_command

    found = {}
    for source in ("django-celery-beat", "django-q2", "apscheduler"):
        out = io.StringIO()
        call_command("jobs_import", source, stdout=out, stderr=io.StringIO())
        found[source] = out.getvalue()
    return json.dumps(found)

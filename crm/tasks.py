"""What Celery beat sends, as settings/celery.py says. The job itself is declared in crm/jobs.py."""

from __future__ import annotations

from celery import shared_task

from jobs_api import trigger


@shared_task(ignore_result=True)
def generate_crm_report() -> str:
    """The weekly report, once for each week; a failure is on the run's record, and run-due tries it again."""
    return trigger("generate_crm_report", source="celery-beat").outcome

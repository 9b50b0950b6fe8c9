"""Since when the jobs are known, on which hosts, and their pauses."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from jobs_api import registry
from jobs_api.models import JobDeclaration, JobPause
from jobs_api.runs import job_state
from tools.seed import ZONE

KNOWN = timedelta(days=356)
PAUSED = "dunning_reminders"


def write(now: datetime) -> None:
    """Write them."""
    JobDeclaration.objects.all().delete()  # those that `migrate` has written, as of now
    declared = map(job_state.declared, registry.jobs())
    JobDeclaration.objects.bulk_create(
        JobDeclaration(job_name=name, schedule=schedule, timezone=zone, since=now - KNOWN)
        for name, schedule, zone in declared
    )
    tomorrow = (now.astimezone(ZoneInfo(ZONE)) + timedelta(days=1)).replace(hour=9, minute=0, second=0)
    why = "New letter texts go live on Friday"
    since = now - timedelta(hours=16)
    JobPause.objects.create(job_name=PAUSED, started_at=since, until=tomorrow, actor="mara", comment=why)
    begin = now - timedelta(days=338)
    JobPause.objects.create(
        job_name="reconcile_payments",
        started_at=begin,
        ended_at=begin + timedelta(days=3),
        until=begin + timedelta(days=3),
        actor="jon",
        comment="Bank holidays, no entries",
    )

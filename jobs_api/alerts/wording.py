"""Words that several alerts share."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from jobs_api.monitoring.run_report import local
from jobs_api.registry.job import Job


def slot_of(run_date: datetime, job: Job | None) -> str:
    """A slot in the job's zone: "2026-11-20 03:00 CET"."""
    return clock_of(local(run_date, job))


def clock_of(instant: datetime) -> str:
    """An instant in its own zone, by name where the zone has one."""
    shown = instant.replace(tzinfo=None).isoformat(sep=" ", timespec="minutes")
    return f"{shown} {instant.tzname() or ''}".rstrip()


def here(instant: datetime) -> str:
    """An instant in TIME_ZONE."""
    return clock_of(instant.astimezone(timezone.get_default_timezone()))

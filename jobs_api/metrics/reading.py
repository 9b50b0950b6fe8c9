"""Reads all that the metrics show: as many statements for ten jobs as for ten thousand, and no write."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from django.db.models import Count, Min

from jobs_api.database import alias
from jobs_api.metrics.view import View
from jobs_api.models import AlertMessage, Incident
from jobs_api.monitoring import job_totals
from jobs_api.monitoring.report import HealthReport, health_report
from jobs_api.monitoring.totals import Totals


class Waiting(NamedTuple):
    """The messages to one channel that are not sent yet."""

    number: int
    since: datetime


class Reading(NamedTuple):
    """What was read at one moment."""

    report: HealthReport
    totals: Mapping[str, Totals]
    """Per job, as far as anything was written of it."""
    written_at: datetime | None
    """When any of them was written last."""
    incidents: Mapping[str, int]
    """How many are open, per kind."""
    undelivered: Mapping[str, Waiting]
    """Per channel."""


def read(view: View, *, now: datetime | None = None) -> Reading:
    """Read all that the asker may see.

    Args:
        now: for tests; None is the database's clock.
    """
    report = health_report(view.covers, actor=view.actor, now=now)
    totals, written_at = job_totals.read(job.job.name for job in report.jobs)
    return Reading(report, totals, written_at, _incidents(view), {} if view.actor else _undelivered())


def _incidents(view: View) -> Counter[str]:
    """An incident of no job, such as a silent source, is for those who see all."""
    rows = Incident.objects.using(alias()).filter(closed_at=None).order_by()
    found: Counter[str] = Counter()
    for kind, job, number in rows.values_list("kind", "job_name").annotate(Count("pk")):
        if view.actor is None or (job and view.covers(job)):
            found[kind] += number
    return found


def _undelivered() -> dict[str, Waiting]:
    rows = AlertMessage.objects.using(alias()).filter(next_try_at__isnull=False).order_by()
    found = rows.values_list("channel").annotate(Count("pk"), Min("created_at"))
    return {channel: Waiting(number, since) for channel, number, since in found}

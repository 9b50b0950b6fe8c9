"""Incidents: those that are open are found as always; some of the past are added, with their messages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from jobs_api import registry
from jobs_api.alerts import evaluating
from jobs_api.alerts.wording import slot_of
from jobs_api.models import AlertMessage, AlertMute, Incident, JobRun

Runs = Mapping[tuple[str, int], JobRun]
FOUND = timedelta(seconds=25)
"""How long after it became so something was found."""


def write(now: datetime, runs: Runs) -> None:
    """Write them."""
    evaluating.evaluate(now=now)
    for incident in Incident.objects.filter(closed_at=None):
        incident.opened_at = min(incident.since + FOUND, now)
        incident.notified_at = incident.opened_at
        incident.save()
    _send(now)
    _past(now, runs)
    AlertMute.objects.create(
        subject="warm_report_cache",
        kind="late",
        started_at=now - timedelta(hours=20),
        until=now + timedelta(hours=4),
        actor="mara",
        comment="New hosts come today",
    )


def _send(now: datetime) -> None:
    """What was ordered was taken; one channel is down and has not taken all."""
    for message in AlertMessage.objects.select_related("incident"):
        message.created_at = message.incident.opened_at
        message.next_try_at, message.tries, message.sent_at = (
            None,
            1,
            message.created_at + timedelta(seconds=2),
        )
        message.save()


def _past(now: datetime, runs: Runs) -> None:
    for (job, number), kind, minutes, detail in PAST:
        run = runs[job, number]
        since, found = run.finished_at or run.run_date, registry.find(job)
        over = "The slot {slot} succeeded." if kind == "failed" else "The slot {slot} has a run."
        incident = Incident.objects.create(
            kind=kind,
            subject=job,
            job_name=job,
            run=run.pk,
            run_date=run.run_date,
            since=since,
            opened_at=since + FOUND,
            closed_at=since + timedelta(minutes=minutes),
            seen_at=since + timedelta(minutes=minutes),
            notified_at=since + FOUND,
            detail=detail.format(slot=slot_of(run.run_date, found)),
            over=over.format(slot=slot_of(run.run_date + timedelta(minutes=minutes), found)),
        )
        for event, at in (("opened", incident.opened_at), ("recovered", incident.closed_at)):
            AlertMessage.objects.create(
                incident=incident,
                channel="ops",
                event=event,
                created_at=at,
                tries=1,
                sent_at=at + timedelta(seconds=2),
            )


FAILED = "The slot {slot} failed (%s), and its tries are used up."
PAST = (
    (("cleanup_stale_drafts", 13), "failed", 1440, FAILED % "error"),
    (("reconcile_payments", 29), "failed", 60, FAILED % "error"),
    (("charge_subscriptions", 17), "failed", 1440, FAILED % "timeout"),
    (("moderate_uploads", 21), "failed", 1440, FAILED % "exit"),
    (("refresh_exchange_rates", 15), "failed", 360, FAILED % "lost"),
    (("sync_crm_contacts", 35), "late", 12, "The slot {slot} was due, and nothing has started it yet."),
)

"""Incidents that are over go with the runs of their time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from jobs_api.models import AlertMessage, AlertMute, Incident
from tests.jobs_api.management.calling import manage

pytestmark = pytest.mark.django_db


def days_ago(number):
    return timezone.now() - timedelta(days=number)


def incident(opened, closed):
    at = days_ago(opened)
    times = {"since": at, "opened_at": at, "seen_at": at, "closed_at": closed and days_ago(closed)}
    return Incident.objects.create(kind="failed", subject=f"job-{opened}-{closed}", **times)


def test_closed_incidents_their_messages_and_mutes_are_pruned_and_open_ones_are_kept():
    made = [incident(900, 410), incident(500, 401), incident(500, 399), incident(500, None)]
    for each in made:
        AlertMessage.objects.create(incident=each, channel="ops", event="opened", created_at=each.since)
    for days in (401, 399):
        AlertMute.objects.create(started_at=days_ago(500), until=days_ago(days))
    said = manage("jobs_prune", "--json", "--batch", "1").json()
    assert said["incidents"] == 2
    assert list(Incident.objects.order_by("pk")) == made[2:]
    assert AlertMessage.objects.count() == 2
    assert AlertMute.objects.count() == 1

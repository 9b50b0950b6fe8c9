"""Rows as alerts would store them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from jobs_api.models import AlertMessage, Incident
from tests.conftest import NOON

OPENED = NOON + timedelta(minutes=5)


def incident(kind: str = "failed", subject: str = "nightly", **fields: Any) -> Incident:
    """An open incident."""
    defaults = {
        "job_name": subject if kind not in ("source_silent", "token_expiring") else "",
        "since": NOON,
        "opened_at": OPENED,
        "seen_at": OPENED,
        "notified_at": OPENED,
        "detail": "The slot failed, and its tries are used up.",
    }
    return Incident.objects.create(kind=kind, subject=subject, **{**defaults, **fields})


def message(about: Incident, event: str = "opened", channel: str = "ops", **fields: Any) -> AlertMessage:
    """A message that waits."""
    defaults = {"created_at": OPENED, "next_try_at": OPENED}
    return AlertMessage.objects.create(incident=about, event=event, channel=channel, **{**defaults, **fields})

"""What the tests of orders share: rows, and what somebody is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.messages import get_messages
from django.test import Client
from django.utils import timezone

from jobs_api.models import JobRun
from tests.conftest import stored_run
from tests.jobs_api.dashboard.people import at

NOW = timezone.now().replace(microsecond=0)
DAYS_AGO = NOW - timedelta(days=10)


def failed(job: Any, slot: Any = DAYS_AGO, **fields: Any) -> JobRun:
    """A run that has used up a try."""
    return stored_run(job, slot, state="failed", reason="error", tries=1, **fields)


def told(answer: Any) -> list[str]:
    """What this answer adds for the person to read."""
    return [str(message) for message in get_messages(answer.wsgi_request)._queued_messages]


def order(client: Client, name: str, *args: Any, **data: Any) -> list[str]:
    """Send the form of an order; returns what the person is told."""
    answer = client.post(at(name, *args), data)
    assert answer.status_code == 303, (answer.status_code, answer.text)
    return told(answer)


def marks_of(*rows: JobRun) -> str:
    """As a form about many runs has them."""
    return " ".join(f"{row.pk}.{row.attempt}" for row in rows)

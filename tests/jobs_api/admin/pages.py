"""A row of each table that has pages, people of each kind, and what they do there."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.contrib.messages import get_messages
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from jobs_api import Job, audit
from jobs_api.admin import PAGES
from jobs_api.auth import tokens
from jobs_api.models import AlertMute, AuditEntry, Incident, JobAttempt, JobPause, JobRun, Token
from tests.conftest import NOON, stored_run

JOB = Job("nightly", command="toy", schedule="0 3 * * *")
MODELS = list(PAGES)
every_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
DAYS_AGO = timezone.now().replace(microsecond=0) - timedelta(days=10)
"""By the clock: what is old cannot be run again, and neither can what is to come."""
_numbers = count(1)


def run(**fields: Any) -> JobRun:
    """A run that has ended, of another slot each time."""
    return stored_run(fields.pop("job", JOB), DAYS_AGO - timedelta(hours=next(_numbers)), **fields)


def attempt(**fields: Any) -> JobAttempt:
    given = {"attempt": 1, "state": "failed", "reason": "error", **fields}
    return JobAttempt.objects.create(run=run(attempt=2), **given)


def pause(**fields: Any) -> JobPause:
    name = f"job-{next(_numbers)}"
    return JobPause.objects.create(**{"job_name": name, "started_at": NOON, "actor": "ana", **fields})


def token(**fields: Any) -> Token:
    return tokens.create(f"token-{next(_numbers)}", scopes=["read"], at=NOON, **fields)[0]


def incident(**fields: Any) -> Incident:
    given = {"kind": "failed", "subject": f"job-{next(_numbers)}", "since": NOON, "opened_at": NOON}
    return Incident.objects.create(**{**given, "seen_at": NOON, **fields})


def mute(**fields: Any) -> AlertMute:
    given = {"subject": "report_*", "started_at": NOON, "until": NOON + timedelta(days=9999)}
    return AlertMute.objects.create(**{**given, **fields})


def entry(**fields: Any) -> AuditEntry:
    audit.record("pause", **{"at": NOON, "result": "paused", "job": "nightly", **fields})
    return AuditEntry.objects.order_by("-pk")[0]


MAKE = {
    JobRun: run,
    JobAttempt: attempt,
    JobPause: pause,
    Token: token,
    Incident: incident,
    AlertMute: mute,
    AuditEntry: entry,
}


def address(what: Any, page: str, *args: Any) -> str:
    """Of a page such as "change", of a table or of a row."""
    return reverse(f"admin:jobs_api_{what._meta.model_name}_{page}", args=args)


def listed(what: Any) -> str:
    return address(what, "changelist")


def page_of(row: Model) -> str:
    return address(row, "change", row.pk)


def order_page(what: Any, name: str) -> str:
    return address(what, "order", name)


def person(*codenames: str, name: str = "", **fields: Any) -> Client:
    """The browser of somebody on the staff with these permissions."""
    given = {"is_staff": True, **fields}
    user = User.objects.create_user(name or f"person-{next(_numbers)}", **given)
    found = Permission.objects.filter(content_type__app_label="jobs_api", codename__in=codenames)
    assert len(found) == len(codenames)
    user.user_permissions.set(found)
    client = Client()
    client.force_login(user)
    return client


def viewer(model: type[Model]) -> Client:
    return person(f"view_{model._meta.model_name}")


def operator(model: type[Model], **fields: Any) -> Client:
    return person(f"view_{model._meta.model_name}", "operate_jobrun", **fields)


def marks(what: list[Any]) -> list[str]:
    return [f"{row.pk}.{row.attempt if isinstance(row, JobRun) else 0}" for row in what]


def order(client: Client, name: str, *rows: Any, of: Any = None, **data: Any) -> list[str]:
    """Send the form of an order; returns what the person is told."""
    answer = client.post(order_page(of or rows[0], name), {"pk": marks(list(rows)), **data})
    assert answer.status_code == 302, answer.status_code
    return told(answer)


def told(answer: Any) -> list[str]:
    """What this answer adds for the person to read."""
    return [str(message) for message in get_messages(answer.wsgi_request)._queued_messages]


def soon() -> Any:
    return timezone.now() + timedelta(hours=1)

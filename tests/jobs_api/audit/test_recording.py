"""What is recorded can be stored, and holds no secret."""

from __future__ import annotations

import pytest
from django.test import override_settings

from jobs_api import audit
from jobs_api.auth import tokens
from jobs_api.models import AuditEntry
from tests.jobs_api.audit.entries import NOON
from tests.jobs_api.management.calling import manage
from tests.jobs_api.nasty import NOT_STORED, SOUP

pytestmark = pytest.mark.django_db

SECRET = "a-cron-secret-of-thirty-two-characters"


def recorded(**fields):
    audit.record("pause", at=NOON, **{"result": "paused", **fields})
    return AuditEntry.objects.order_by("pk").last()


@pytest.mark.parametrize(
    "text",
    [
        SOUP,
        *(text for text, _ in NOT_STORED.values()),
        "\x00",
        "\\x00",
        "",
        "x" * 200_000,
        "\U0001f600" * 500,
    ],
)
def test_any_text_is_recorded(text):
    entry = recorded(
        reason=text, subject=text, result=text, job=text, actor=text, details={text: [text, {"inner": text}]}
    )
    entry.refresh_from_db()
    assert len(entry.reason) >= len(text)
    assert "\x00" not in entry.reason


def test_a_long_reason_is_kept_whole():
    assert recorded(reason="why " * 10_000).reason == "why " * 10_000


@pytest.mark.parametrize("field", ["reason", "subject", "actor", "job", "result"])
def test_no_field_holds_a_secret(field):
    _, token = tokens.create("ci", scopes=["read"], at=NOON)
    with override_settings(CRON_SECRET=f"{SECRET},another-{SECRET}"):
        entry = recorded(**{field: f"{token} {SECRET} another-{SECRET}"}, details={"given": [token, SECRET]})
    told = str({name: getattr(entry, name) for name in (field if field != "job" else "job_name", "details")})
    assert token not in told
    assert SECRET not in told
    assert "***" in told


def test_who_gives_the_secret_of_a_token_in_the_place_of_its_name_does_not_publish_it():
    secret = manage("jobs_token", "create", "ci").lines[0]
    assert secret.startswith("jobs_")
    manage("jobs_token", "revoke", secret)
    entries = list(AuditEntry.objects.order_by("pk").values("action", "result", "subject", "details"))
    assert [entry["subject"] for entry in entries] == ["ci", "***"]
    assert secret not in str(entries)


def test_an_action_that_nobody_knows_is_a_mistake_of_ours():
    with pytest.raises(ValueError, match=r"no action 'reboot'.*token_create"):
        audit.record("reboot", at=NOON, result="")
    assert not AuditEntry.objects.exists()

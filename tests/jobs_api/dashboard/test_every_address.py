"""Every address of the dashboard, by everybody, with every method: nobody sees or does what he may not.

The addresses are read from the URLs: a new one is tried, too, and one without a guard is found.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern, URLResolver

from jobs_api.dashboard.urls import urlpatterns
from jobs_api.models import AuditEntry, JobAttempt, RefusedCall, TriggerSource
from tests.conftest import NOON
from tests.databases import ONE_DATABASE
from tests.jobs_api.admin.pages import incident, mute, person
from tests.jobs_api.dashboard.orders import failed
from tests.jobs_api.dashboard.people import at

pytestmark = [pytest.mark.django_db, ONE_DATABASE]

CANARY = "zq7canary"
"""Stands in everything that somebody may not see."""
JOB = f"{CANARY}-job"
OF_THE_AUDIT = "zq8address"
AUDIT = {"audit", "audit_csv", "audit_jsonl"}
ORDERS = {"job_run", "job_pause", "job_resume", "job_backfill", "run_rerun", "run_cancel"}
ORDERS |= {"incident_acknowledge", "alerts_mute", "alerts_unmute", "bulk"}
FORGED = {"HX-Request": "true", "HX-Target": "main", "HX-Current-URL": "http://testserver/dashboard/"}
FORM = {"HX-Request": "true", "HX-Target": "dialog-body", "X-HTTP-Method-Override": "POST"}
QUERIES = {"job_slot": "?at=2026-11-20T03:00", "bulk": f"?action=pause&job={JOB}"}
SENT = {"reason": CANARY, "until": "", "end": "", "subject": "*", "kind": "", "action": "pause", "marks": "x"}
ALL = ("view_jobrun", "operate_jobrun", "view_auditentry")


def patterns(found: list[Any]) -> Iterator[URLPattern]:
    for each in found:
        if isinstance(each, URLResolver):
            yield from patterns(each.url_patterns)
        else:
            yield each


@pytest.fixture
def addresses(declare) -> dict[str, str]:
    """By the names of the URLs; all that they show has the canary in it."""
    job = declare(JOB, description=CANARY, owner=CANARY, tags=[CANARY])
    run = failed(job, error=CANARY, source=CANARY, attempt=1, output_head=CANARY.encode(), output_size=9)
    JobAttempt.objects.create(run=run, attempt=1, state="failed", reason="error", error=CANARY)
    TriggerSource.objects.create(source=CANARY, actor=CANARY, first_at=NOON, last_at=NOON)
    RefusedCall.objects.create(place=0, at=NOON, address=CANARY, status=401, reason=CANARY)
    said = {"action": "pause", "job_name": job.name, "run": run.pk, "actor": CANARY, "result": "paused"}
    AuditEntry.objects.create(at=NOON, **said, address=OF_THE_AUDIT, details={OF_THE_AUDIT: OF_THE_AUDIT})
    pks = {"incident": incident(subject=job.name, detail=CANARY).pk, "alerts_unmute": mute(comment=CANARY).pk}
    pks["incident_acknowledge"] = pks["incident"]
    given = {"name": job.name, "pk": run.pk}
    return {
        name: at(name, *(pks.get(name, given[key]) for key in each.pattern.converters))
        + QUERIES.get(name, "")
        for each in patterns(urlpatterns)
        if (name := str(each.name))
    }


def everything() -> list[Any]:
    """All rows of ours."""
    rows = [
        list(model.objects.order_by("pk").values()) for model in apps.get_app_config("jobs_api").get_models()
    ]
    assert any(rows)
    return rows


def body(answer: Any) -> str:
    return (b"".join(answer) if answer.streaming else answer.content).decode() + str(answer.headers)


def inactive() -> Client:
    """A session of somebody who has left since."""
    client = person(*ALL, name="gone")
    User.objects.filter(username="gone").update(is_active=False)
    return client


NOBODY = {
    "not logged in": Client,
    "not active any more": inactive,
    "not active any more, but let in by a backend of the host": inactive,
    "staff without a permission": person,
    "staff who may act but not look": lambda: person("operate_jobrun", "view_auditentry"),
    "not on the staff, with all permissions": lambda: person(*ALL, is_staff=False),
}


@pytest.mark.parametrize("who", NOBODY)
def test_who_may_not_look_gets_nothing_and_does_nothing(who, addresses, settings):
    if "let in" in who:
        settings.AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.AllowAllUsersModelBackend"]
    client, before = NOBODY[who](), everything()
    for name, address in addresses.items():
        answers = [client.get(address), client.get(address, headers=FORGED)]
        answers += [client.post(address, SENT), client.post(address, SENT, headers=FORM)]
        for answer in answers:
            assert answer.status_code in (204, 302, 403, 405), name
            told = body(answer).replace(JOB, "") if JOB in address else body(answer)  # the address itself
            assert CANARY not in told, name
            assert "default-src 'none'" in answer["Content-Security-Policy"], name
            if answer.status_code in (204, 302):
                leads = answer.headers.get("HX-Redirect") or answer["Location"]
                assert leads.startswith("/admin/login/?next=/dashboard/"), name
    assert everything() == before


def test_who_may_look_sees_pages_but_no_order_and_not_the_audit_and_does_nothing(addresses):
    client, before = person("view_jobrun"), everything()
    for name, address in addresses.items():
        shown, part = client.get(address), client.get(address, headers=FORM)
        may = name not in ORDERS | AUDIT
        assert (shown.status_code == 403) is not may, name
        assert shown.status_code in (200, 302, 303, 403), name
        for answer in (shown, part):
            assert OF_THE_AUDIT not in body(answer), name
            assert may or CANARY not in body(answer), name
            assert "csrfmiddlewaretoken" not in body(answer), name
        for method in (client.post, client.put, client.patch, client.delete):
            assert method(address, SENT if method == client.post else "").status_code in (403, 405), name
    assert everything() == before


def test_who_may_act_does_nothing_by_looking_nor_by_another_method(addresses):
    client, before = person(*ALL), everything()
    for name, address in addresses.items():
        for method in (client.get, client.head, client.options, client.put, client.patch, client.delete):
            answer = method(address)
            looks = method in (client.get, client.head)
            assert answer.status_code in ((200, 302, 303) if looks else (405,)), (name, method)
            body(answer)
    assert everything() == before


def test_all_addresses_are_known(addresses):
    assert addresses.keys() >= ORDERS | AUDIT
    assert len(addresses) == len(list(patterns(urlpatterns)))

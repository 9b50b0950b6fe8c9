"""Each order that is sent twice at the same moment, as by two clicks or two people, has one effect."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from django.db import connections
from django.test import Client

from jobs_api.exceptions import Superseded
from jobs_api.models import AlertMute, AuditEntry, Incident, JobAttempt, JobPause, JobRun
from jobs_api.runs.types import RERUN, Trigger
from jobs_api.triggers.rerunning import rerun
from tests.jobs_api.admin.pages import incident
from tests.jobs_api.dashboard.orders import DAYS_AGO, NOW, failed
from tests.jobs_api.dashboard.people import at, operator

pytestmark = pytest.mark.django_db(transaction=True)
UNTIL = {"until": "own", "own": f"{NOW + timedelta(days=2):%Y-%m-%dT%H:%M}"}


class Form(HTMLParser):
    """What a form sends that nobody has touched."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.sent = {"reason": "why"}
        self.feed(text.partition("<main")[2])

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "input" and given.get("name") and given.get("type") != "radio":
            self.sent[given["name"]] = self.sent.get(given["name"]) or given.get("value") or ""


@pytest.fixture
def twice():
    """``twice(address, **data)`` sends the form of an order from two browsers at once."""
    client = operator()

    def send(address: str, **data: str) -> None:
        sent = {**Form(client.get(address).text).sent, **data}

        gate = threading.Barrier(2)

        def click(_number: int) -> int:
            other = Client()
            other.cookies = client.cookies.copy()
            try:
                gate.wait(30)
                return other.post(address, sent).status_code
            finally:
                connections.close_all()

        with ThreadPoolExecutor(2) as threads:  # 422: the second form is shown once more
            assert sorted(threads.map(click, range(2))) in ([303, 303], [303, 422]), address

    return send


def test_orders_about_a_job(declare, toy, twice):
    began: list[int] = []
    toy(lambda command, **options: began.append(1))
    declare()
    twice(at("job_run", "nightly"), slot="own", own=f"{DAYS_AGO:%Y-%m-%d}T03:00")
    assert (len(began), JobRun.objects.count()) == (1, 1)
    twice(at("job_pause", "nightly"), **UNTIL)
    assert JobPause.objects.get().ended_at is None
    twice(at("job_resume", "nightly"))
    assert JobPause.objects.get().ended_at is not None
    twice(at("job_backfill", "nightly"))
    queued = JobRun.objects.filter(state="queued")
    assert len(queued) == len({run.run_date for run in queued}) > 0
    twice(at("run_cancel", queued[0].pk))
    assert JobRun.objects.filter(state="cancelled").count() == 1


def test_orders_about_runs(declare, toy, twice):
    began: list[int] = []
    toy(lambda command, **options: began.append(1))
    one = failed(declare(), attempt=1)
    twice(at("run_rerun", one.pk), change="keep")
    assert len(began) == 1
    more = [failed(declare("other"), DAYS_AGO - timedelta(days=day), attempt=1) for day in (1, 2)]
    twice(at("bulk") + f"?action=rerun&run={more[0].pk}&run={more[1].pk}")
    assert len(began) == 3
    assert {run.attempt for run in JobRun.objects.all()} == {2}
    assert not JobAttempt.objects.filter(attempt__gt=2).exists()


def test_orders_about_alerts(twice):
    pk = incident().pk
    twice(at("incident_acknowledge", pk), **UNTIL)
    assert Incident.objects.get().acknowledged_at is not None
    twice(at("alerts_mute"), subject="report_*", kind="", **UNTIL)
    muted = AlertMute.objects.get()  # the second order has found the first
    twice(at("alerts_unmute", muted.pk))
    assert AlertMute.objects.get().ended_at is not None


def test_who_reruns_what_has_begun_again_since_starts_nothing_and_the_audit_has_it(declare, toy):
    began: list[int] = []
    toy(lambda command, **options: began.append(1))
    job = declare()
    seen = failed(job, attempt=1)
    order = Trigger(RERUN, "", "ana", "why")
    assert rerun(seen, job, order, after=1).outcome == "succeeded"
    with pytest.raises(Superseded):
        rerun(seen, job, order, after=1)
    assert (len(began), JobRun.objects.get().attempt) == (1, 2)
    results = AuditEntry.objects.order_by("pk").values_list("action", "result")
    assert list(results) == [("rerun", "attempt 2"), ("rerun", "conflict: begun again")]

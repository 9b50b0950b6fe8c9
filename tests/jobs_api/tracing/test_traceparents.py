"""A caller's W3C trace context is stored with the attempt of its trigger, by the claim's own statement."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from jobs_api.models import JobAttempt, JobRun, State
from jobs_api.runs.types import RUN_DUE, Trigger
from jobs_api.triggers import due
from tests.conftest import stored_run
from tests.jobs_api.api.endpoints import YEARLY, bearer, newest_run
from tests.jobs_api.executors.backends import IMMEDIATE
from tests.jobs_api.triggers.asking import RECENT, trigger

from .conftest import CONTEXT

pytestmark = pytest.mark.django_db(transaction=True)

ANOTHER = f"00-{'a' * 32}-{'b' * 16}-00"
RUN = "/api/jobs/nightly/run"


@pytest.fixture
def job(declare, toy):
    toy(lambda command, **options: None)
    return declare(retry_backoff=0, schedule=None)


@pytest.mark.parametrize("sent", [CONTEXT, "00-' OR 1=1; DROP TABLE jobs_api_jobrun; --"])
def test_a_caller_over_http_finds_it_at_its_attempt(api, job, sent):
    kept = sent if sent == CONTEXT else None
    url = api("POST", RUN, headers={"traceparent": sent}).json()["run"]["url"]
    (attempt,) = api("GET", url).json()["attempts"]
    assert attempt["traceparent"] == kept


def test_the_command_line_hands_on_what_started_it(job, monkeypatch):
    monkeypatch.setenv("TRACEPARENT", CONTEXT)
    call_command("jobs_run", "nightly")
    assert JobRun.objects.get().traceparent == CONTEXT
    monkeypatch.setenv("TRACEPARENT", "nonsense")
    call_command("jobs_rerun", str(JobRun.objects.get().pk))
    assert (JobRun.objects.get().attempt, JobRun.objects.get().traceparent) == (2, "")


def test_who_looks_at_a_run_finds_its_trace(job, capsys):
    trigger(job, now=None, by=Trigger("http", traceparent=CONTEXT))
    call_command("jobs_show", str(JobRun.objects.get().pk))
    assert re.search(rf"^trace +{CONTEXT[3:35]}$", capsys.readouterr().out, re.MULTILINE)


def test_each_attempt_keeps_its_own(api, job):
    url = api("POST", RUN, headers={"traceparent": CONTEXT}).json()["run"]["url"]
    for sent in (ANOTHER, ""):
        api("POST", f"{url}/rerun", headers={"traceparent": sent, **bearer("read", "operate")})
    told = [attempt["traceparent"] for attempt in api("GET", url).json()["attempts"]]
    assert told == [CONTEXT, ANOTHER, None]
    assert JobAttempt.objects.count() == 2


def test_a_repeat_changes_nothing(api, job):
    api("POST", RUN, headers={"traceparent": CONTEXT})
    api("POST", RUN, headers={"traceparent": ANOTHER})
    assert JobRun.objects.get().traceparent == CONTEXT


def test_run_due_gives_its_own_to_what_it_starts(api, declare, toy):
    toy(lambda command, **options: None)
    newest_run(declare(**YEARLY), "failed", next_attempt_at=RECENT, traceparent=ANOTHER, reason="error")
    api("POST", "/api/run-due", headers={"traceparent": CONTEXT})
    assert JobRun.objects.get().traceparent == CONTEXT
    assert JobAttempt.objects.get().traceparent == ANOTHER


@pytest.mark.parametrize(("ordered", "kept"), [(ANOTHER, ANOTHER), ("", CONTEXT)], ids=["its", "none"])
def test_what_was_ordered_keeps_the_context_of_its_order(declare, toy, ordered, kept):
    toy(lambda command, **options: None)
    queued = {"state": State.QUEUED, "next_attempt_at": RECENT, "trigger": "backfill"}
    stored_run(declare(), RECENT, traceparent=ordered, **queued)
    due.run_due(Trigger(RUN_DUE, traceparent=CONTEXT))
    assert JobRun.objects.get().traceparent == kept


def test_a_backfill_and_an_overlap_keep_theirs(api, declare):
    job = declare(schedule="0 * * * *")
    day = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=2)
    sent = {"start": day.isoformat(), "end": day.replace(hour=2).isoformat()}
    operator = {"traceparent": CONTEXT, **bearer("operate")}
    assert api("POST", "/api/jobs/nightly/backfill", json=sent, headers=operator).status_code == 202
    assert set(JobRun.objects.values_list("traceparent", flat=True)) == {CONTEXT}
    JobRun.objects.update(state="running", held_job=None, lease_expires_at="2100-01-01T00:00:00Z")
    JobRun.objects.filter(pk=JobRun.objects.earliest("pk").pk).update(held_job="nightly")
    trigger(job, now=None, by=Trigger("http", traceparent=ANOTHER))
    assert JobRun.objects.get(state="skipped").traceparent == ANOTHER


def test_it_crosses_to_whoever_delivers_it(settings, heard, declare, toy):
    settings.TASKS = IMMEDIATE
    toy(lambda command, **options: None)
    trigger(declare(executor="django_tasks"), now=None, by=Trigger("http", traceparent=CONTEXT))
    told = [fields["traceparent"] for name, fields in heard.events]
    assert told == [CONTEXT] * 4


def test_it_costs_no_statement(job, django_assert_num_queries):
    trigger(job, now=None, run_date=RECENT - timedelta(days=300))
    with django_assert_num_queries(3):
        trigger(job, now=None, by=Trigger("http", traceparent=CONTEXT))

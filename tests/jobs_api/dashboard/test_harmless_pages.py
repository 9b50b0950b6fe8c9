"""Text of jobs, callers, people, errors and outputs does nothing on any page, form or part."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from jobs_api.models import (
    AuditEntry,
    Incident,
    JobAttempt,
    JobPause,
    JobRun,
    RefusedCall,
    SourceHour,
    TriggerSource,
)
from tests.databases import ONE_DATABASE
from tests.jobs_api.admin.pages import mute, person
from tests.jobs_api.dashboard.orders import NOW
from tests.jobs_api.dashboard.people import DIALOG, PART, at
from tests.jobs_api.dashboard.test_harmless_lists import EVIL, evil, faults
from tests.jobs_api.nasty import unseen

pytestmark = [pytest.mark.django_db, ONE_DATABASE]
LINK = "\x1b]8;;javascript:alert(1)\x07link\x1b]8;;\x07"
TRACEBACK = f"""Traceback (most recent call last):
  File "{EVIL.replace('"', "'")}", line 1, in {EVIL}
    {EVIL}
ValueError: {EVIL}
"""
OUTPUT = f'{EVIL}\n{LINK}\n<p hx-get="/x" hx-trigger="load" onclick="x">\n{TRACEBACK}'.encode()
SLOT = NOW.replace(second=0) - timedelta(minutes=NOW.minute % 5 + 5)


@pytest.fixture
def pages(declare) -> list[str]:
    """The addresses of all pages about rows each of whose texts was written by an enemy."""
    declare(owner=EVIL, tags=[EVIL], description=EVIL, runbook="javascript:alert(1)", schedule="*/5 * * * *")
    began: dict[str, Any] = {"started_at": SLOT, "finished_at": SLOT, "reason": "error"}
    began |= {"state": "failed", "trigger": "http", "output_head": OUTPUT, "output_size": len(OUTPUT)}
    texts = evil(JobRun, "held_job", "traceparent", "job_name", "state", "reason", "trigger")
    run = JobRun.objects.create(
        **texts, **began, job_name="nightly", run_date=SLOT, created_at=SLOT, attempt=2, options={EVIL: EVIL}
    )
    texts = evil(JobAttempt, "state", "reason", "traceparent", "trigger")
    JobAttempt.objects.create(**texts, **began, run=run, attempt=1)
    about: dict[str, Any] = {"job_name": "nightly", "run": run.pk}
    kept = evil(Incident, "job_name", "kind")
    one, _ = (
        Incident.objects.create(
            **kept, **about, kind=kind, since=SLOT, opened_at=SLOT, seen_at=SLOT, facts={EVIL: EVIL}
        )
        for kind in ("failed", "source_silent")
    )
    muted = mute(subject=EVIL, comment=EVIL, actor=EVIL[:100])
    TriggerSource.objects.create(**evil(TriggerSource), first_at=SLOT, last_at=SLOT)
    SourceHour.objects.create(source=EVIL[:100], hour=SLOT.replace(minute=0), calls=3)
    RefusedCall.objects.create(place=1, at=SLOT, address=EVIL[:100], status=401, reason=EVIL[:200])
    JobPause.objects.create(job_name="nightly", started_at=SLOT, actor=EVIL[:100], comment=EVIL)
    for action in ("pause", EVIL[:20]):
        texts = {**evil(AuditEntry, "job_name", "run"), "action": action}
        AuditEntry.objects.create(**texts, **about, at=SLOT, run_date=SLOT, details={"until": EVIL})
    shared = [at(name) for name in ("overview", "sources", "timeline", "help", "alerts_mute")]
    shared += [f"{at('overview')}?all=1", f"{at('timeline')}?view=table", f"{at('timeline')}?group=owner"]
    shared += [f"{at('bulk')}?action=rerun&filter=", f"{at('bulk')}?action=pause&filter="]
    named = [at(name, "nightly") for name in ("job", "job_run", "job_pause", "job_resume", "job_backfill")]
    runs = [at(name, run.pk) for name in ("run", "run_rerun", "run_cancel")]
    runs += [f"{at('run', run.pk)}?attempt=1", at("incident", one.pk), at("incident_acknowledge", one.pk)]
    return [*shared, *named, *runs, at("alerts_unmute", muted.pk), at("job", EVIL.replace("/", ""))]


def test_no_text_of_others_acts_or_hides_on_any_page(pages):
    client = person("view_jobrun", "operate_jobrun", "view_auditentry", name=EVIL[:100])
    for address in pages:
        for headers in ({}, PART, DIALOG):
            answer = client.get(address, headers=headers)
            assert answer.status_code in (200, 404), address
            assert faults(answer.text) == [], address
            assert unseen(re.sub(r'(value|href)="[^"]*"', "", answer.text)) == [], address


def test_no_output_that_is_followed_acts(pages):
    answer = person("view_jobrun").get(at("output", JobRun.objects.get().pk))
    assert answer["Content-Type"] == "application/json"
    shown = "".join(block["html"] for block in answer.json()["blocks"])
    assert "link" in shown
    assert faults(shown) == []
    assert not re.search(r"<(?!/?span\b)", shown)
    assert "javascript:" not in shown


@pytest.mark.parametrize(
    "name", ['a"; filename=evil.exe', "a\nSet-Cookie: x=1", "..\\..\\a", "\u202egpj.exe"]
)
def test_no_name_of_a_job_that_is_gone_gets_out_of_the_name_of_a_file(name):
    run = JobRun.objects.create(job_name=name, run_date=SLOT, state="failed", created_at=SLOT, attempt=1)
    client = person("view_jobrun")
    for address in (at("job_csv", name), at("download", run.pk)):
        answer = client.get(address)
        assert answer.status_code == 200 or "csv" in address, address  # a job of no such name is not found
        header = answer.headers.get("Content-Disposition", 'attachment; filename="none"')
        assert re.fullmatch(r'attachment; filename="[\w.-]+"', header, re.ASCII), header

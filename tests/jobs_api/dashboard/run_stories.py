"""Runs as they stand in the table, with attempts, for the pages of a run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone

from jobs_api import Job
from jobs_api.models import JobAttempt, JobRun, TriggerCount
from tests.conftest import stored_run

SLOT = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
TRACEBACK = """loading
Traceback (most recent call last):
  File "/srv/acme/crm/management/commands/load.py", line 54, in handle
    fetch(bank)
  File "/srv/acme/.venv/lib/python3.12/site-packages/requests/api.py", line 73, in get
    return request("get", url)
  File "/srv/acme/crm/bank.py", line 118, in fetch
    raise BankUnavailable(bank)
crm.bank.BankUnavailable: sparkasse <b>503</b>
"""
ERROR = "BankUnavailable: sparkasse <b>503</b>"


def output(text: str) -> dict[str, Any]:
    """As columns of an attempt."""
    data = text.encode()
    return {"output_head": data, "output_size": len(data)}


def failed(job: Job, slot: datetime = SLOT, **fields: Any) -> JobRun:
    """A run that has used up its tries."""
    given = {
        "state": "failed",
        "reason": "error",
        "error": ERROR,
        "attempt": 1,
        "tries": 3,
        **output(TRACEBACK),
    }
    more = {"holder": "web-2:877", "trigger": "http", **output(TRACEBACK)}
    return stored_run(job, slot, **{**given, **more, **fields})


def running(job: Job, slot: datetime = SLOT, **fields: Any) -> JobRun:
    """One that began five minutes ago, and whose holder lives."""
    now = timezone.now()
    given: dict[str, Any] = {
        "state": "running",
        "claimed_at": now - timedelta(seconds=302),
        "started_at": now - timedelta(seconds=300),
        "lease_expires_at": now + timedelta(minutes=10),
        "holder": "web-1:2214",
        "trigger": "http",
        "source": "eventbridge",
        "actor": "aws-prod",
    }
    return stored_run(job, slot, **{**given, **fields})


def earlier(run: JobRun, number: int, **fields: Any) -> JobAttempt:
    """An attempt before the newest one."""
    began = SLOT + timedelta(minutes=number)
    given = {"state": "failed", "reason": "error", "error": ERROR, "claimed_at": began, "started_at": began}
    ended = {"finished_at": began + timedelta(seconds=30), "trigger": "http", "source": "celery_beat"}
    return JobAttempt.objects.create(run=run, attempt=number, **{**given, **ended, **fields})


def counted(outcome: str, count: int = 1, *, source: str = "", job: str = "nightly", day: Any = None) -> None:
    """Triggers that began nothing."""
    row = {"job_name": job, "day": day or SLOT.date(), "source": source}
    TriggerCount.objects.create(**row, outcome=outcome, count=count)

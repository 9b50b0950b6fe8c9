"""A shop in which everything goes wrong: its jobs, and who calls them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from jobs_api import Job
from jobs_api.management import base
from jobs_api.models import TriggerSource
from jobs_api.runs import job_state
from jobs_api.schedule.slots import previous_slot
from tests.conftest import stored_run
from tests.jobs_api.execution.draining.server import eventually
from tests.toys.child.start import ledger, start

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
KINDS = ["failed", "missed", "late", "overdue", "slow", "source_silent", "token_expiring"]
SITE = {"BASE_URL": "https://shop.example.com", "LEASE_SECONDS": 60, "RENEW_SECONDS": 10}
FOR_PEOPLE: dict[str, Any] = {"owner": "finance", "runbook": "https://wiki.example.com/bank"}
FAILS = {"say": "connecting to the bank", "fail": True}
ON_DEMAND: dict[str, Any] = {"command": "toy", "schedule": None, "max_attempts": 1}


def jobs(at: datetime, folder: Path) -> list[Job]:
    """The jobs of the shop, known for a month; nobody starts `uncalled`, and `tardy` is ten minutes late."""
    ten_ago = (at - 10 * MINUTE).minute
    found = [
        Job("fails", **{**ON_DEMAND, "max_attempts": 2}, retry_backoff=0, options=FAILS, **FOR_PEOPLE),
        Job("dies", **ON_DEMAND, options=_never_ends(folder / "dies")),
        Job("hangs", **ON_DEMAND, timeout=1, options=_never_ends(folder / "hangs")),
        Job("uncalled", command="toy", schedule="* * * * *", grace=1),
        Job("tardy", command="toy", schedule=f"{ten_ago} * * * *"),
    ]
    for job in found:
        job_state.know(job, at=at - 30 * DAY - 12 * HOUR)
    newest = previous_slot(found[-1].slots, at)
    assert newest is not None
    stored_run(found[-1], newest - HOUR)
    return found


def _never_ends(path: Path) -> dict[str, Any]:
    return {"ledger": str(path), "seconds": 600, "deaf": True}


def cron_stopped(at: datetime) -> None:
    """The crontab of this user has called each hour for days, and not in the last five hours."""
    past = {"first_at": at - 3 * DAY, "last_at": at - 5 * HOUR, "gap": 3600.0, "calls": 72}
    TriggerSource.objects.create(source="cron", actor=base.user(), **past)


def kill_in_a_run(all_jobs: Sequence[Job], folder: Path) -> Callable[[], None]:
    """Start `dies`, and kill its process; the result waits until its lease is over."""
    process = start("jobs_run", "dies", jobs=all_jobs, jobs_api={"LEASE_SECONDS": 1, "RENEW_SECONDS": 0.2})
    eventually(lambda: ledger(folder / "dies"))
    process.kill()
    process.communicate()
    over = time.monotonic() + 1.2
    return lambda: time.sleep(max(over - time.monotonic(), 0))

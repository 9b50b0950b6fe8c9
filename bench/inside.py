"""Tasks that need Django, each in its own process: ``python -m bench.inside TASK ARGUMENTS``.

A task prints its result as one line of JSON.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

django.setup()

from bench import volume  # noqa: E402
from bench.client import run_dates  # noqa: E402
from bench.peers.models import JobLock  # noqa: E402
from jobs_api import Job, registry  # noqa: E402
from jobs_api.models import AlertMessage, Incident, JobDeclaration, JobRun  # noqa: E402
from jobs_api.runs import job_state  # noqa: E402
from jobs_api.schedule.slots import previous_slot  # noqa: E402

WRITES = ("INSERT", "UPDATE", "DELETE")


def create_database(name: str) -> None:
    """Create a database beside the one in the URL."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {connection.ops.quote_name(name)}")


def prepare() -> None:
    """Create the tables of jobs_api and of the peers."""
    call_command("migrate", run_syncdb=True, verbosity=0)
    JobLock.objects.get_or_create(job_name="noop")


def load(number: str) -> int:
    """Store that many runs; returns how many there are."""
    return volume.load(int(number))


@contextmanager
def counted() -> Iterator[dict[str, int]]:
    """Count statements and commits in this context; BEGIN and COMMIT count as commits."""
    found = {"statements": 0, "commits": 0}
    wrapper: Any = connection
    commit = wrapper._commit

    def statement(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        found["statements"] += 1
        found["commits"] += sql.lstrip().startswith(WRITES) and not connection.in_atomic_block
        return execute(sql, *rest)

    def committed() -> None:
        found["commits"] += 1
        commit()

    wrapper._commit = committed
    try:
        with connection.execute_wrapper(statement):
            yield found
    finally:
        wrapper._commit = commit


def post(path: str) -> dict[str, Any]:
    """Send a POST through all middleware."""
    bearer = {"Authorization": f"Bearer {settings.CRON_SECRET}"}
    answer = Client(SERVER_NAME="127.0.0.1").post(path, headers=bearer, secure=True)
    if answer.status_code not in (200, 202):
        raise SystemExit(f"{path}: {answer.status_code} {answer.content!r}")
    return dict(answer.json())


def statements() -> dict[str, dict[str, int]]:
    """The cost of a fresh trigger in a warm process, and of its duplicate."""
    slots = run_dates(back=timedelta(days=5))
    for _ in range(2):  # in the first round the process is not warm yet
        fresh = f"/api/jobs/noop/run?run_date={next(slots)}"
        with counted() as first:
            post(fresh)
        with counted() as again:
            post(fresh)
    return {"fresh": first, "duplicate": again}


def due(number: str) -> dict[str, float]:
    """The CPU and the statements of run-due over this many jobs, of which none is due."""
    now = datetime.now(UTC)
    hours = [(now.hour + 2 + n) % 24 for n in range(20)]  # none of these hours arrives while this is measured
    jobs = [
        Job(f"job_{n:04}", command="noop", schedule=f"{n % 60} {hours[n // 60 % 20]} * * *")
        for n in range(int(number))
    ]
    with registry.override(*jobs):
        _all_have_run(jobs, now)
        cold = _run_due()
        with counted() as found:
            _run_due()
        return {"cpu_ms": statistics.median(_run_due() for _ in range(15)), "cold_ms": cold, **found}


def _all_have_run(jobs: list[Job], now: datetime) -> None:
    known = [
        JobDeclaration(job_name=job.name, schedule=job.schedule or "", timezone=job.slots.timezone, since=now)
        for job in jobs
    ]
    JobDeclaration.objects.bulk_create(known)
    newest = [(job, previous_slot(job.slots, now)) for job in jobs]
    JobRun.objects.bulk_create(
        JobRun(
            job_name=job.name,
            run_date=slot - timedelta(days=day),
            state="succeeded",
            attempt=1,
            created_at=now,
        )
        for job, slot in newest
        if slot is not None
        for day in range(10)
    )
    job_state.know_all(at=timezone.now())
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def _run_due() -> float:
    """The CPU of one call, in milliseconds."""
    begun = time.process_time()
    payload = post("/api/run-due")
    spent = (time.process_time() - begun) * 1000
    if payload["counts"]:
        raise SystemExit(f"run-due has started {payload['counts']}, but nothing should have been due.")
    return spent


def wrong(channels: str) -> None:
    """Store an incident, and a message about it that waits for each of these channels."""
    now = timezone.now()
    times = {"since": now, "opened_at": now, "seen_at": now, "notified_at": now}
    about = Incident.objects.create(kind="failed", subject="noop", job_name="noop", **times)
    AlertMessage.objects.bulk_create(
        AlertMessage(incident=about, channel=name, event="opened", created_at=now, next_try_at=now)
        for name in channels.split(",")
    )


TASKS: dict[str, Callable[..., Any]] = {
    task.__name__: task for task in (create_database, prepare, load, statements, due, wrong)
}

if __name__ == "__main__":
    print(json.dumps(TASKS[sys.argv[1]](*sys.argv[2:])))

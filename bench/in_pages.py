"""Tasks of the measurement of pages, each in its own process: ``python -m bench.in_pages TASK``."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import django

django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402

from bench import page_volume  # noqa: E402
from jobs_api import registry  # noqa: E402
from jobs_api.models import JobRun  # noqa: E402


def load(number: str, of_jobs: str) -> int:
    """Store that many runs of that many jobs; returns how many there are."""
    return page_volume.load(int(number), int(of_jobs))


def measure(of_jobs: str, rounds: str) -> dict[str, dict[str, float]]:
    """Of each page the milliseconds that the server takes (medians), its statements and its bytes."""
    with registry.override(*page_volume.jobs(int(of_jobs))):
        client = _operator()
        return {name: _page(client, address, int(rounds)) for name, address in _addresses().items()}


def _operator() -> Client:
    client = Client(SERVER_NAME="127.0.0.1")
    users = get_user_model().objects
    user, _ = users.get_or_create(username="bench", defaults={"is_staff": True, "is_superuser": True})
    client.force_login(user)
    return client


def _addresses() -> dict[str, str]:
    job = page_volume.name(5)
    run = JobRun.objects.filter(job_name=job).order_by("-run_date").values_list("pk", flat=True)[0]

    def at(name: str, *args: Any, query: str = "") -> str:
        return reverse(f"jobs_dashboard:{name}", args=args) + query

    return {
        "overview": at("overview"),
        "job": at("job", job),
        "run": at("run", run),
        "timeline": at("timeline"),
        "runs": at("runs"),
        "runs that failed": at("runs", query="?state=failed"),
        "runs of a job": at("runs", query=f"?job={job}"),
        "alerts": at("alerts"),
        "audit": at("audit"),
    }


def _page(client: Client, address: str, rounds: int) -> dict[str, float]:
    _get(client, address)
    statements, length = _counted(client, address)
    took, spent = [], []
    for _ in range(rounds):
        begun, before = time.perf_counter(), time.process_time()
        _get(client, address)
        took.append((time.perf_counter() - begun) * 1000)
        spent.append((time.process_time() - before) * 1000)
    cpu = statistics.median(spent)
    return {"ms": statistics.median(took), "cpu_ms": cpu, "statements": statements, "bytes": length}


def _counted(client: Client, address: str) -> tuple[int, int]:
    sent = []

    def count(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        sent.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(count):
        answer = _get(client, address)
    return len(sent), len(answer.content)


def _get(client: Client, address: str) -> Any:
    answer = client.get(address, secure=True)
    if answer.status_code != 200:
        raise SystemExit(f"{address}: {answer.status_code} {answer.content[:500]!r}")
    return answer


TASKS: dict[str, Callable[..., Any]] = {"load": load, "measure": measure}

if __name__ == "__main__":
    print(json.dumps(TASKS[sys.argv[1]](*sys.argv[2:])))

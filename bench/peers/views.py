"""Views that share the bearer check and the call of the command, and are complete otherwise.

They answer less than ours and keep less on record; nothing in them is slower than it has to be.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from io import StringIO

from django.conf import settings
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from bench.peers.models import JobLock, Run

COMMANDS = {"noop": "noop", "asks": "asks"}
"""The commands that callers may run."""


def endpoint(view: Callable[[HttpRequest, str, datetime], HttpResponse]) -> Callable[..., HttpResponse]:
    """Check bearer, job and run_date before the view is called."""

    @csrf_exempt
    @require_POST
    @wraps(view)
    def checked(request: HttpRequest, name: str) -> HttpResponse:
        expected = f"Bearer {settings.CRON_SECRET}"
        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), expected.encode()):
            return JsonResponse({"error": "unauthorized"}, status=401)
        if name not in COMMANDS:
            return JsonResponse({"error": "unknown job"}, status=404)
        run_date = parse_datetime(request.GET.get("run_date", ""))
        if run_date is None or timezone.is_naive(run_date):
            return JsonResponse({"error": "bad run_date"}, status=422)
        return view(request, name, run_date)

    return checked


def call(name: str) -> tuple[str, str]:
    """Run the command; returns how it ended and its output."""
    output = StringIO()
    try:
        call_command(COMMANDS[name], stdout=output, stderr=output)
    except Exception as error:  # noqa: BLE001
        output.write(f"{type(error).__name__}: {error}")
        return "failed", output.getvalue()
    return "succeeded", output.getvalue()


def answer(name: str, run_date: datetime, outcome: str) -> JsonResponse:
    """The same members for all."""
    payload = {"job": name, "run_date": run_date.isoformat(), "outcome": outcome}
    return JsonResponse(payload, status=500 if outcome == "failed" else 200)


@endpoint
def plain(request: HttpRequest, name: str, run_date: datetime) -> HttpResponse:
    """Without a database: every trigger runs the command."""
    outcome, _ = call(name)
    return answer(name, run_date, outcome)


@endpoint
def locked(request: HttpRequest, name: str, run_date: datetime) -> HttpResponse:
    """With a lock row; on SQLite the IMMEDIATE transaction locks."""
    with transaction.atomic():
        lock = JobLock.objects.select_for_update().get(job_name=name)
        if lock.last_run_date == run_date:
            return answer(name, run_date, "already")
        outcome, _ = call(name)
        lock.last_run_date = run_date
        lock.save(update_fields=["last_run_date"])
    return answer(name, run_date, outcome)


@endpoint
def unique(request: HttpRequest, name: str, run_date: datetime) -> HttpResponse:
    """With a unique row per slot, and IntegrityError if it already exists."""
    try:
        with transaction.atomic():
            run = Run.objects.create(job_name=name, run_date=run_date)
    except IntegrityError:
        return answer(name, run_date, "already")
    run.status, run.output = call(name)
    run.finished_at = timezone.now()
    run.save(update_fields=["status", "output", "finished_at"])
    return answer(name, run_date, run.status)


@endpoint
def unique_and_read(request: HttpRequest, name: str, run_date: datetime) -> HttpResponse:
    """Answer a duplicate like `unique`, but also read the run, as jobs_api does."""
    try:
        with transaction.atomic():
            Run.objects.create(job_name=name, run_date=run_date)
    except IntegrityError:
        run = Run.objects.get(job_name=name, run_date=run_date)
        return answer(name, run_date, f"already {run.status}")
    return answer(name, run_date, "made")


@endpoint
def looked_up(request: HttpRequest, name: str, run_date: datetime) -> HttpResponse:
    """Only one SELECT, the least possible work."""
    known = Run.objects.filter(job_name=name, run_date=run_date).exists()
    return answer(name, run_date, "already" if known else "unknown")

"""The view that people write by hand: check the bearer, send the task, answer."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse, JsonResponse

from bench.engines.tasks import bare
from bench.peers.views import endpoint


@endpoint
def delay(request: HttpRequest, name: str, run_date: datetime) -> HttpResponse:
    """No database, no record: the broker has it or not."""
    bare.delay()
    return JsonResponse({"job": name, "run_date": run_date.isoformat(), "outcome": "accepted"}, status=202)

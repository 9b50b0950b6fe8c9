"""A hand-written view: check the bearer, send the task, answer."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse, JsonResponse

from bench.engines.tasks import bare
from bench.peers.views import endpoint


@endpoint
def delay(request: HttpRequest, name: str, run_date: datetime) -> HttpResponse:
    """Send the task; there is no database and no record."""
    bare.delay()
    return JsonResponse({"job": name, "run_date": run_date.isoformat(), "outcome": "accepted"}, status=202)

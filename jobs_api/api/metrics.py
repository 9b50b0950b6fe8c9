"""Metrics for Prometheus."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router

from jobs_api.api import openapi, request_body
from jobs_api.api.access import bearer, grant_of, own_calls
from jobs_api.auth.bearer import require

router = Router(tags=["health"])


@router.get("/metrics", auth=bearer, url_name="metrics", summary="Metrics for Prometheus", **openapi.METRICS)
def show_metrics(request: HttpRequest) -> HttpResponse:
    """All metrics of the jobs that the token covers, as Prometheus text or OpenMetrics, as Accept says.

    The numbers are those of all processes and hosts: scrape one address, not each process.
    """
    from jobs_api.metrics.exposition import render  # here: until somebody scrapes, they cost nothing
    from jobs_api.metrics.view import View

    grant = grant_of(request)
    require(grant, "read")
    request_body.query(request, ())
    content, kind = render(request.headers.get("Accept", ""), View(grant.covers, own_calls(grant)))
    headers = {"Content-Length": str(len(content)), "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type=kind, headers=headers)

"""Health, for load balancers and monitors."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router

from jobs_api import check_ins
from jobs_api.alerts.standing import standing
from jobs_api.api import openapi, request_body, responses
from jobs_api.api.access import bearer, grant_of, own_calls
from jobs_api.api.members import health_members
from jobs_api.auth.bearer import require
from jobs_api.exceptions import NotReady
from jobs_api.execution import drain
from jobs_api.history import standing as history
from jobs_api.monitoring.health import RED
from jobs_api.monitoring.readiness import readiness
from jobs_api.monitoring.report import health_report

router = Router(tags=["health"])


@router.get("/health/live", auth=None, url_name="live", summary="Is the process up?", **openapi.LIVE)
def live(request: HttpRequest) -> HttpResponse:
    """200 as soon as the process answers; sends no statement."""
    return responses.answer({"health": "ok"})


@router.get("/health/ready", auth=None, url_name="ready", summary="Does it accept triggers?", **openapi.READY)
def ready(request: HttpRequest) -> HttpResponse:
    """200 when the database takes writes and is migrated and the process stays; else 503 with the reason."""
    fault = "This process is about to exit." if drain.draining() else readiness.fault()
    if fault:
        return responses.problem(request, NotReady(fault))
    return responses.answer({"health": "ok"})


@router.get(
    "/health/jobs", auth=bearer, url_name="health-jobs", summary="Do the jobs run?", **openapi.HEALTH_JOBS
)
def jobs_health(request: HttpRequest) -> HttpResponse:
    """503 if any job is missed, failing or overdue; names these jobs."""
    grant = grant_of(request)
    require(grant, "read")
    request_body.query(request, ())
    report = health_report(grant.covers, actor=own_calls(grant))
    alerts = standing(report.at, report.sources, covers=None if grant.covers_all else grant.covers)
    monitors = check_ins.status() if grant.covers_all else ()
    members = health_members(report, alerts, history.standing(report.sources), monitors)
    if not report.red:
        return responses.answer(members)
    detail = "; ".join(f"{kind}: {_listed(report.names(kind))}" for kind in RED if report.names(kind))
    title = "Jobs need attention"
    response = responses.problem_answer(request, "jobs-unwell", title, 503, detail, **members)
    response["Retry-After"] = "60"
    return response


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more

"""Health, for load balancers and monitors."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from jobs_api import clock, registry
from jobs_api.api import openapi, request_body, responses
from jobs_api.api.access import bearer, grant_of
from jobs_api.api.schemas import DIFFERING, NAMED
from jobs_api.auth.bearer import require
from jobs_api.exceptions import NotReady
from jobs_api.execution import drain
from jobs_api.monitoring import health
from jobs_api.monitoring.readiness import readiness
from jobs_api.runs import hosts, job_state, readers

router = Router(tags=["health"])


@router.get("/health/live", auth=None, url_name="live", summary="Is the process up?", **openapi.LIVE)
def live(request: HttpRequest) -> HttpResponse:
    """200 as soon as the process answers; asks nothing of the database."""
    return responses.answer({"health": "ok"})


@router.get("/health/ready", auth=None, url_name="ready", summary="Can it take triggers?", **openapi.READY)
def ready(request: HttpRequest) -> HttpResponse:
    """200 when the database takes writes and is migrated and the process stays, else 503 saying which."""
    fault = "This process is about to exit." if drain.draining() else readiness.fault()
    if fault:
        return responses.problem(request, NotReady(fault))
    return responses.answer({"health": "ok"})


@router.get(
    "/health/jobs", auth=bearer, url_name="health-jobs", summary="Do the jobs run?", **openapi.HEALTH_JOBS
)
def jobs_health(request: HttpRequest) -> HttpResponse:
    """503 if any job is missed or failing, naming them."""
    grant = grant_of(request)
    require(grant, "read")
    request_body.query(request, ())
    mine = [job for job in registry.jobs() if grant.covers(job.name)]
    started = readers.last_started(mine, None)
    now, found = job_state.standings(names=[job.name for job in mine])
    verdicts = {item.job.name: health.verdict(item, started.get(item.job.name), now) for item in found}
    said: dict[str, list[str]] = {
        kind: [name for name, verdict in verdicts.items() if verdict == kind]
        for kind in ("missed", "failing", "paused")
    }
    shown: dict[str, Any] = {kind: names[:NAMED] for kind, names in said.items()}
    counts = {kind: len(names) for kind, names in said.items()}
    different = {item.job for item in hosts.differences(at=now) if grant.covers(item.job)}
    members = {
        "counts": counts,
        **shown,
        "clock": clock.said() or None,
        "differing": sorted(different)[:DIFFERING],
    }
    if said["missed"] or said["failing"]:
        detail = "; ".join(f"{kind}: {_listed(said[kind])}" for kind in ("missed", "failing") if said[kind])
        members = {"health": "red", **members}
        unwell = responses.problem_answer(
            request, "jobs-unwell", "Jobs need attention", 503, detail, **members
        )
        unwell["Retry-After"] = "60"
        return unwell
    return responses.answer({"health": "ok", **members})


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more

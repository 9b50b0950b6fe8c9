"""Triggering: one job, or everything that is due."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from jobs_api import callers, registry
from jobs_api.api import openapi, request_body, responses
from jobs_api.api.access import bearer, grant_of
from jobs_api.api.by_get import NO_FORCE, is_by_get
from jobs_api.api.prefer import Preferences, preferences, seconds
from jobs_api.api.schemas import NAMED
from jobs_api.auth.bearer import require
from jobs_api.auth.headers import TRACEPARENT, Headers
from jobs_api.auth.tokens import Grant
from jobs_api.callers import Call
from jobs_api.exceptions import BadInput, NotFound
from jobs_api.models import State
from jobs_api.registry.job import Job
from jobs_api.runs.types import RUN_DUE, Trigger
from jobs_api.text import loggers
from jobs_api.triggers.dispatch import dispatch
from jobs_api.triggers.due import run_due
from jobs_api.triggers.payload import Payload
from jobs_api.triggers.request import Request, Result

router = Router(tags=["triggers"], auth=bearer)

BODY = ("run_date", "options", "force", "reason")
QUERY = ("run_date", "scheduled_at", "max_late", "force", "wait", "source")
OF_ANOTHER = ("already_running", "already_succeeded", "cancelled", "attempts_exhausted", "retry_later")
"""These tell of a run that another trigger has made: for it one can wait, or not."""
MOST_MISSED = 50
_missed: set[str] = set()
"""Names that were called for and are no jobs, as far as this process has logged them."""

logger = loggers.logger(__name__)


@router.post("/jobs/{name}/run", url_name="trigger", summary="Trigger one job", **openapi.TRIGGER)
def trigger(request: HttpRequest, name: str) -> HttpResponse:
    """Run the job's current slot, or the one that `run_date` names, once however often this is called."""
    grant = grant_of(request)
    require(grant, "trigger", job_name=name)
    requested, prefer = _requested(request, _job(name, grant), grant)
    result = dispatch(requested)
    return _answer(request, result, prefer, force=requested.force)


def _job(name: str, grant: Grant) -> Job:
    """The job. A call for one that is not declared is logged, once for each name: its caller may show nobody
    the 404, and the old entry of a job that was renamed looks well on this side.
    """
    try:
        return registry.get(name)
    except NotFound:
        if name not in _missed and len(_missed) < MOST_MISSED:
            _missed.add(name)
            logger.warning(
                "%s calls for %r, which is no job (any more): write its scheduler's entries anew.",
                grant.name,
                name[:100],
            )
        raise


def _requested(request: HttpRequest, job: Job, grant: Grant) -> tuple[Request, Preferences]:
    """The trigger that the query, the body and the headers of a request describe."""
    query = request_body.query(request, QUERY)
    by_get = is_by_get(request)
    if by_get and "force" in query:
        raise BadInput(NO_FORCE)
    body = request_body.read(request, () if by_get else BODY)
    in_body, in_query = body.fields.get("force"), query.get("force")
    force = request_body.flag(in_body, "force") or request_body.flag(in_query, "force")
    if force:
        require(grant, "operate")
    prefer = preferences(request, query.get("wait"))
    call = Call(Headers(request.META), body.envelope)
    caller = callers.recognise(call)
    payload = Payload(
        "http",
        run_dates=(body.fields.get("run_date"), query.get("run_date")),
        scheduled_at=query.get("scheduled_at", callers.scheduled_at(call, caller)),
        max_late=seconds(query["max_late"], "max_late") if "max_late" in query else None,
        options=request_body.options(body.fields),
        force=force,
        source=(query.get("source") or caller.name)[:100],
        actor=grant.name,
        reason=request_body.text(body.fields, "reason"),
        reference=caller.reference(call)[:300],
        traceparent=call.headers.get(TRACEPARENT, ""),
        wait=prefer.seconds,
        wait_own=prefer.seconds_for_own,
    )
    return payload.request(job), prefer


def _answer(request: HttpRequest, result: Result, prefer: Preferences, *, force: bool) -> HttpResponse:
    might_wait = result.background or result.outcome in OF_ANOTHER
    applied = prefer.applied(might_wait=might_wait, waited=might_wait and not result.crowded)
    return responses.outcome(request, result, strict=prefer.strict, insists=force, applied=applied)


@router.post("/run-due", url_name="run-due", summary="Start every job that is due", **openapi.RUN_DUE)
def trigger_due(request: HttpRequest) -> HttpResponse:
    """Start what is due, retryable or missed, oldest first: one external schedule is enough for all jobs."""
    grant = grant_of(request)
    require(grant, "trigger")
    query = request_body.query(request, ("source",))
    body = request_body.read(request, ())
    headers = Headers(request.META)
    caller = callers.recognise(Call(headers, body.envelope))
    sent = {"source": query.get("source") or caller.name, "traceparent": headers.get(TRACEPARENT, "")}
    report = run_due(Trigger(RUN_DUE, actor=grant.name, **sent), allowed=grant.covers)
    unsuccessful = [result for result in report.results if result.outcome != State.SUCCEEDED]
    members = {
        "counts": report.counts,
        "runs": [_brief(request, result) for result in unsuccessful[:NAMED]],
        "remaining": report.remaining,
    }
    if report.failed:
        return responses.failed_due(request, members)
    if report.remaining:
        return responses.answer(members, 202, **{"Retry-After": "10"})
    return responses.answer(members)


def _brief(request: HttpRequest, result: Result) -> dict[str, Any]:
    """A run in run-due's answer: twenty of them stay under 8 KB."""
    members = responses.outcome_members(request, result)
    run = members["run"] or {}
    brief = {key: members[key] for key in ("outcome", "job", "run_date")}
    return {**brief, "reason": run.get("reason"), "url": run.get("url")}

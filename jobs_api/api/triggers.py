"""Triggering: one job, or everything that is due."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from jobs_api import callers, database, registry
from jobs_api.api import openapi, request_body, responses
from jobs_api.api.access import bearer, grant_of
from jobs_api.api.prefer import Preferences, preferences
from jobs_api.api.schemas import NAMED
from jobs_api.auth.bearer import require
from jobs_api.auth.headers import Headers
from jobs_api.auth.tokens import Grant
from jobs_api.callers import Call
from jobs_api.exceptions import Refusal
from jobs_api.models import State
from jobs_api.monitoring import trigger_counts
from jobs_api.registry.job import Job
from jobs_api.runs.types import RERUN, RUN_DUE, Trigger
from jobs_api.triggers.dispatch import dispatch
from jobs_api.triggers.due import run_due
from jobs_api.triggers.request import Request, Result
from jobs_api.triggers.validation import check_options, slot_of

router = Router(tags=["triggers"], auth=bearer)

BODY = ("run_date", "options", "force", "reason")
QUERY = ("run_date", "force", "wait", "source")
OF_ANOTHER = ("already_running", "already_succeeded", "cancelled", "attempts_exhausted", "retry_later")
"""These tell of a run that another trigger has made: for it one can wait, or not."""
WROTE_NOTHING = {refusal.outcome for refusal in Refusal.__subclasses__()}


@router.post("/jobs/{name}/run", url_name="trigger", summary="Trigger one job", **openapi.TRIGGER)
def trigger(request: HttpRequest, name: str) -> HttpResponse:
    """Run the job's current slot, or the one that `run_date` names, once however often this is called."""
    grant = grant_of(request)
    require(grant, "trigger", job_name=name)
    asked, prefer = _asked(request, registry.get(name), grant)
    result = dispatch(asked)
    if result.outcome in WROTE_NOTHING:
        trigger_counts.count(
            name, day=database.guess().date(), source=asked.trigger.source, outcome=result.outcome
        )
    return _answer(request, result, prefer, force=asked.force)


def _asked(request: HttpRequest, job: Job, grant: Grant) -> tuple[Request, Preferences]:
    """What the request says, in its query, its body and its headers."""
    query = request_body.query(request, QUERY)
    body = request_body.read(request, BODY)
    force = request_body.flag(body.asked.get("force"), "force") or request_body.flag(
        query.get("force"), "force"
    )
    if force:
        require(grant, "operate")
    prefer = preferences(request, query.get("wait"))
    meant = _meaning(request, job, grant, query, body, force=force)
    run_date, trigger = meant(database.guess())
    # A slot that is named is the same at any time; one that is not may turn out to be another.
    is_named = body.asked.get("run_date") is not None or "run_date" in query
    later = None if is_named else meant
    options = check_options(job, request_body.options(body.asked))
    wait, wait_own = prefer.seconds, prefer.seconds_for_own
    asked = Request(job, run_date, trigger, options, force=force, wait=wait, wait_own=wait_own, meant=later)
    return asked, prefer


def _meaning(
    request: HttpRequest,
    job: Job,
    grant: Grant,
    query: dict[str, str],
    body: request_body.Body,
    *,
    force: bool,
) -> Callable[[datetime], tuple[datetime, Trigger]]:
    """Which slot is meant at a time, and who asks: the platform, its own ids, the token, the reason given."""
    call = Call(Headers(request.META), body.envelope)
    caller = callers.recognise(call)
    given = body.asked.get("run_date"), query.get("run_date")
    scheduled, reference = caller.scheduled_at(call), caller.reference(call)[:300]
    source = (query.get("source") or caller.name)[:100]
    reason = request_body.text(body.asked, "reason")
    kind = RERUN if force else "http"

    def meant(at: datetime) -> tuple[datetime, Trigger]:
        run_date, note = slot_of(job, *given, scheduled, at)
        noted = "; ".join(part for part in (note, reference) if part)
        return run_date, Trigger(kind, source, grant.name, reason, noted)

    return meant


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
    caller = callers.recognise(Call(Headers(request.META), body.envelope))
    report = run_due(Trigger(RUN_DUE, query.get("source") or caller.name, grant.name), allowed=grant.covers)
    unsuccessful = [result for result in report.results if result.outcome != State.SUCCEEDED]
    said = {
        "counts": report.counts,
        "runs": [_brief(request, result) for result in unsuccessful[:NAMED]],
        "remaining": report.remaining,
    }
    if report.failed:
        return responses.failed_due(request, said)
    return (
        responses.answer(said, 202, **{"Retry-After": "10"}) if report.remaining else responses.answer(said)
    )


def _brief(request: HttpRequest, result: Result) -> dict[str, Any]:
    """A run in run-due's answer: twenty of them stay under 8 KB."""
    members = responses.outcome_members(request, result)
    run = members["run"] or {}
    brief = {key: members[key] for key in ("outcome", "job", "run_date")}
    return {**brief, "reason": run.get("reason"), "url": run.get("url")}

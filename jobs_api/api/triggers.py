"""Triggering: one job, or everything that is due."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from jobs_api import callers, counts, executors, registry
from jobs_api.api import answers, bodies, openapi
from jobs_api.api.access import bearer, grant_of
from jobs_api.api.prefer import Preferences, preferences
from jobs_api.api.schemas import NAMED
from jobs_api.asking import check_options, slot_of
from jobs_api.auth import require
from jobs_api.callers import Call, Caller
from jobs_api.dispatch import dispatch
from jobs_api.due import run_due
from jobs_api.exceptions import Refusal
from jobs_api.leases import RERUN, RUN_DUE, Trigger
from jobs_api.models import State
from jobs_api.registry import Job
from jobs_api.requests import Request, Result
from jobs_api.tokens import Grant

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
        counts.count(name, day=timezone.now().date(), source=asked.trigger.source, outcome=result.outcome)
    return _answer(request, result, prefer, force=asked.force)


def _asked(request: HttpRequest, job: Job, grant: Grant) -> tuple[Request, Preferences]:
    """What the request says, in its query, its body and its headers."""
    query = bodies.query(request, QUERY)
    body = bodies.read(request, BODY)
    force = bodies.flag(body.asked.get("force"), "force") or bodies.flag(query.get("force"), "force")
    if force:
        require(grant, "operate")
    prefer = preferences(request, query.get("wait"))
    run_date, trigger = _slot_and_trigger(request, job, grant, query, body, force=force)
    options = check_options(job, bodies.options(body.asked))
    wait, wait_own = prefer.seconds, prefer.seconds_for_own
    return Request(job, run_date, trigger, options, force=force, wait=wait, wait_own=wait_own), prefer


def _slot_and_trigger(
    request: HttpRequest, job: Job, grant: Grant, query: dict[str, str], body: bodies.Body, *, force: bool
) -> tuple[datetime, Trigger]:
    """Which slot is meant, and who asks: the platform, its own ids, the token, the reason given."""
    call = Call(request.headers, body.envelope)
    caller = callers.recognise(call)
    given = body.asked.get("run_date"), query.get("run_date")
    run_date, note = slot_of(job, *given, caller.scheduled_at(call), timezone.now())
    source = (query.get("source") or caller.name)[:100]
    reason = bodies.text(body.asked, "reason")
    kind = RERUN if force else "http"
    return run_date, Trigger(kind, source, grant.name, reason, _note(caller, call, note))


def _answer(request: HttpRequest, result: Result, prefer: Preferences, *, force: bool) -> HttpResponse:
    elsewhere = not executors.load(result.job.executor_name).in_request
    waited = elsewhere or result.outcome in OF_ANOTHER
    return answers.outcome(
        request, result, strict=prefer.strict, insists=force, applied=prefer.applied(waited=waited)
    )


def _note(caller: Caller, call: Call, note: str) -> str:
    reference = caller.reference(call)[:300]
    return "; ".join(part for part in (note, reference) if part)


@router.post("/run-due", url_name="run-due", summary="Start every job that is due", **openapi.RUN_DUE)
def trigger_due(request: HttpRequest) -> HttpResponse:
    """Start what is due, retryable or missed, oldest first: one external schedule is enough for all jobs."""
    grant = grant_of(request)
    require(grant, "trigger")
    query = bodies.query(request, ("source",))
    body = bodies.read(request, ())
    caller = callers.recognise(Call(request.headers, body.envelope))
    report = run_due(Trigger(RUN_DUE, query.get("source") or caller.name, grant.name), allowed=grant.covers)
    unsuccessful = [result for result in report.results if result.outcome != State.SUCCEEDED]
    said = {
        "counts": report.counts,
        "runs": [_brief(request, result) for result in unsuccessful[:NAMED]],
        "remaining": report.remaining,
    }
    if report.failed:
        return answers.failed_due(request, said)
    return answers.answer(said, 202, **{"Retry-After": "10"}) if report.remaining else answers.answer(said)


def _brief(request: HttpRequest, result: Result) -> dict[str, Any]:
    """A run in run-due's answer: twenty of them stay under 8 KB."""
    members = answers.outcome_members(request, result)
    run = members["run"] or {}
    brief = {key: members[key] for key in ("outcome", "job", "run_date")}
    return {**brief, "reason": run.get("reason"), "url": run.get("url")}

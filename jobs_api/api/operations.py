"""Operating: rerun, cancel, backfill. All need the scope operate and record who did it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router

from jobs_api import database, registry
from jobs_api.api import members, openapi, request_body, responses
from jobs_api.api.access import bearer, grant_of, visible_job, visible_run
from jobs_api.api.schemas import SHOWN
from jobs_api.auth.headers import TRACEPARENT, Headers
from jobs_api.exceptions import BadInput
from jobs_api.monitoring.run_report import RunReport
from jobs_api.runs import readers
from jobs_api.runs.types import BACKFILL, RERUN, Trigger
from jobs_api.triggers.backfill import backfill, plan_backfill
from jobs_api.triggers.cancelling import cancel_run
from jobs_api.triggers.rerunning import rerun as carry_out
from jobs_api.triggers.validation import check_options, instant

router = Router(tags=["operating"], auth=bearer)


@router.post("/runs/{run_id}/rerun", url_name="rerun", summary="Run it again", **openapi.RERUN)
def rerun(request: HttpRequest, run_id: str) -> HttpResponse:
    """A new attempt from any end state, with the run's options unless others are given."""
    run = visible_run(request, run_id, "operate")
    request_body.query(request, ())
    body = request_body.read(request, ("options", "reason"))
    job = registry.get(run.job_name)
    options = request_body.options(body.fields)
    trigger = _ordered(request, RERUN, request_body.text(body.fields, "reason"))
    result = carry_out(run, job, trigger, options)
    return responses.outcome(request, result, insists=True)


@router.post("/runs/{run_id}/cancel", url_name="cancel", summary="Cancel a run", **openapi.CANCEL)
def cancel(request: HttpRequest, run_id: str) -> HttpResponse:
    """Queued: cancelled (200). Running: its command stops at its next check (202). Ended: 409."""
    run = visible_run(request, run_id, "operate")
    request_body.query(request, ())
    body = request_body.read(request, ("reason",))
    done = cancel_run(run, actor=grant_of(request).name, reason=request_body.text(body.fields, "reason"))
    detail = members.run_detail(request, RunReport.of(readers.find(run.pk) or run))
    if done:
        return responses.answer(detail)
    return responses.answer(detail, 202, **{"Location": detail["url"], "Retry-After": "5"})


@router.post("/jobs/{name}/backfill", url_name="backfill", summary="Queue past slots", **openapi.BACKFILL)
def queue_backfill(request: HttpRequest, name: str) -> HttpResponse:
    """Queue the slots from `start` until before `end` that have no run; run-due starts them, oldest first."""
    job = visible_job(request, name, "operate")
    request_body.query(request, ())
    body = request_body.read(request, ("start", "end", "reason", "dry_run", "options"))
    now = database.now()
    start, end = (instant(job, _required(body.fields, key), key) for key in ("start", "end"))
    options = check_options(job, request_body.options(body.fields))
    plan = plan_backfill(job, start, end, now=now)
    dry_run = request_body.flag(body.fields.get("dry_run"), "dry_run")
    if not dry_run:
        trigger = _ordered(request, BACKFILL, request_body.text(body.fields, "reason"))
        backfill(plan, trigger, at=now, options=options)
    shown = [responses.local(slot, job) for slot in plan.queued[:SHOWN]]
    payload = {
        "job": name,
        "slots": len(plan.slots),
        "queued": len(plan.queued),
        "run_dates": shown,
        "dry_run": dry_run,
    }
    return responses.answer(payload, 200 if dry_run else 202)


def _ordered(request: HttpRequest, kind: str, reason: str) -> Trigger:
    context = Headers(request.META).get(TRACEPARENT, "")
    return Trigger(kind, "", grant_of(request).name, reason, traceparent=context)


def _required(fields: dict[str, object], key: str) -> str:
    value = fields.get(key)
    if not isinstance(value, str):
        raise BadInput(f"`{key}` is needed: ISO 8601 with an offset, or a date such as 2026-11-20.")
    return value

"""Reading: jobs, runs, and what they wrote."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Router

from jobs_api import database, registry
from jobs_api.api import openapi, request_body, responses
from jobs_api.api.access import bearer, grant_of, visible_job, visible_run
from jobs_api.auth.bearer import require
from jobs_api.exceptions import BadInput
from jobs_api.models import IN_FLIGHT, JobRun, State
from jobs_api.monitoring import health
from jobs_api.registry.job import Job
from jobs_api.runs import job_state, readers
from jobs_api.runs.output import rest
from jobs_api.text.numbers import LONGEST, whole
from jobs_api.triggers.validation import instant

router = Router(tags=["reading"], auth=bearer)

PAGE, PAGE_LIMIT = 50, 200
OUTPUT = ("output_head", "output_tail")


@router.get("/jobs", url_name="jobs", summary="All jobs", **openapi.JOBS)
def list_jobs(request: HttpRequest) -> HttpResponse:
    """Every declared job that the token covers: schedule, next slot, last run, health."""
    grant = grant_of(request)
    require(grant, "read")
    request_body.query(request, ())
    return responses.answer(
        {"jobs": _jobs(request, [job for job in registry.jobs() if grant.covers(job.name)])}
    )


@router.get("/jobs/{name}", url_name="job", summary="One job", **openapi.JOB)
def show_job(request: HttpRequest, name: str) -> HttpResponse:
    """One job: schedule, next slot, last run, health."""
    job = visible_job(request, name, "read")
    request_body.query(request, ())
    return responses.answer(_jobs(request, [job])[0])


def _jobs(request: HttpRequest, jobs: list[Job]) -> list[dict[str, Any]]:
    now, found = job_state.standings(names=[job.name for job in jobs])
    last, started = readers.last_runs(jobs, None), readers.last_started(jobs, None)
    return [
        _job(request, standing, last.get(standing.job.name), started.get(standing.job.name), now)
        for standing in found
    ]


def _job(
    request: HttpRequest,
    standing: job_state.Standing,
    last: JobRun | None,
    started: JobRun | None,
    now: datetime,
) -> dict[str, Any]:
    job = standing.job
    return {
        "name": job.name,
        "description": job.help_text,
        "command": job.command,
        "schedule": job.schedule,
        "timezone": job.slots.timezone,
        "executor": job.executor_name,
        "next_run_date": responses.local(job.next_run_date(now), job),
        "paused": standing.paused,
        "last_pause": responses.pause_detail(standing.last_pause, job),
        "health": health.verdict(standing, started, now),
        "missed_run_date": responses.local(standing.missed_slot(now), job),
        "last_run": None if last is None else responses.run_detail(request, last, job),
        "runs_url": responses.url(request, "runs", job.name),
    }


@router.get("/jobs/{name}/runs", url_name="runs", summary="The runs of a job", **openapi.RUNS)
def list_runs(request: HttpRequest, name: str) -> HttpResponse:
    """Newest first. `next` is the query of the page after this one, null on the last."""
    job = visible_job(request, name, "read")
    query = request_body.query(request, ("state", "since", "until", "limit", "cursor"))
    limit = _limit(query.get("limit"))
    found = list(_filtered(job, query).order_by("-run_date")[: limit + 1])
    more = found[limit - 1].run_date if len(found) > limit else None
    body = {"runs": [responses.run_detail(request, run, job) for run in found[:limit]], "next": _cursor(more)}
    return responses.answer(body)


def _filtered(job: Job, query: dict[str, str]) -> QuerySet[JobRun]:
    found = readers.shown(database.rows().filter(job_name=job.name), None)
    if "state" in query:
        found = found.filter(_in_state(query["state"]))
    if "since" in query:
        found = found.filter(run_date__gte=instant(job, query["since"], "since"))
    if "until" in query:
        found = found.filter(run_date__lt=instant(job, query["until"], "until"))
    return found.filter(run_date__lt=_after(query["cursor"])) if "cursor" in query else found


def _in_state(state: str) -> Q:
    if state not in State.values:
        raise BadInput(f"`state` must be one of {', '.join(State.values)}, not {state[:60]!r}.")
    return readers.in_state(state)


def _limit(text: str | None) -> int:
    if text is None:
        return PAGE
    number = whole(text, PAGE_LIMIT)
    if not number:
        raise BadInput(f"`limit` must be a number from 1 to {PAGE_LIMIT}, not {text[:60]!r}.")
    return number


def _cursor(run_date: datetime | None) -> str | None:
    """Where the next page goes on; slots of one job are unique, so this is a place and not a count."""
    if run_date is None:
        return None
    return base64.urlsafe_b64encode(run_date.astimezone(UTC).isoformat().encode()).decode()


def _after(cursor: str) -> datetime:
    try:
        parsed = datetime.fromisoformat(base64.urlsafe_b64decode(cursor.encode()).decode())
    except ValueError:
        parsed = None
    if parsed is None or not 1900 < parsed.year < 9999 or parsed.utcoffset() is None:
        raise BadInput("`cursor` must be the `next` of an earlier page, unchanged.")
    return parsed.astimezone(UTC)


@router.get("/runs/{run_id}", url_name="run", summary="One run", **openapi.RUN)
def show_run(request: HttpRequest, run_id: str) -> HttpResponse:
    """One run with all its attempts; 202 with Retry-After while it is in flight."""
    run = visible_run(request, run_id, "read", "trigger")
    request_body.query(request, ())
    run.lease_over = readers.is_lost(run)
    attempts = [responses.attempt_detail(attempt) for attempt in database.superseded(run).defer(*OUTPUT)]
    if run.attempt:
        attempts.append(responses.attempt_detail(run, lost=run.lease_over))
    body = {
        **responses.run_detail(request, run, registry.find(run.job_name)),
        "options": run.options,
        "attempts": attempts,
    }
    if run.state in IN_FLIGHT and not run.lease_over:
        return responses.answer(body, 202, **{"Retry-After": "5"})
    return responses.answer(body)


@router.get("/runs/{run_id}/output", url_name="output", summary="What a run wrote", **openapi.OUTPUT)
def show_output(request: HttpRequest, run_id: str) -> HttpResponse:
    """The newest attempt's output as plain text, traceback included; `offset` follows a live one."""
    run = visible_run(request, run_id, "read")
    query = request_body.query(request, ("offset", "attempt"))
    offset, number = _number(query, "offset", 0), _number(query, "attempt", run.attempt)
    kept = run if number == run.attempt else database.superseded(run).filter(attempt=number).first()
    if kept is None:
        raise BadInput(f"`attempt`: this run has attempts 1 to {run.attempt}.")
    size = kept.output_size
    text = rest((bytes(kept.output_head), bytes(kept.output_tail), size), min(offset, size))
    complete = kept is not run or run.state not in IN_FLIGHT or readers.is_lost(run)
    headers = {"Jobs-Next-Offset": str(size), "Jobs-Complete": "true" if complete else "false"}
    return HttpResponse(
        text,
        content_type="text/plain; charset=utf-8",
        headers={**headers, "X-Content-Type-Options": "nosniff"},
    )


def _number(query: dict[str, str], key: str, default: int) -> int:
    text = query.get(key)
    if text is None:
        return default
    number = whole(text, LONGEST)
    if number is None:
        raise BadInput(f"`{key}` must be a whole number, 0 or more; not {text[:60]!r}.")
    return number

"""Reading: jobs, runs, and their output."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, datetime

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Router

from jobs_api import database, registry
from jobs_api.api import members, openapi, request_body, responses
from jobs_api.api.access import bearer, grant_of, own_calls, visible_job, visible_run
from jobs_api.auth.bearer import require
from jobs_api.exceptions import BadInput
from jobs_api.models import JobRun, State
from jobs_api.monitoring.report import job_reports
from jobs_api.monitoring.run_report import RunReport, attempts, output_since
from jobs_api.monitoring.source_report import source_reports
from jobs_api.registry.job import Job
from jobs_api.registry.metadata import chosen
from jobs_api.runs import readers
from jobs_api.text.numbers import LONGEST, whole
from jobs_api.triggers.validation import instant

router = Router(tags=["reading"], auth=bearer)

PAGE, PAGE_LIMIT = 50, 200


@router.get("/jobs", url_name="jobs", summary="All jobs", **openapi.JOBS)
def list_jobs(request: HttpRequest) -> HttpResponse:
    """Every declared job that the token covers, or those of a tag or owner: next slot, last run, health."""
    grant = grant_of(request)
    require(grant, "read")
    query = request_body.query(request, ("tag", "owner"))
    tags = [query["tag"]] if "tag" in query else []
    found = chosen(registry.jobs(), query.get("owner"), tags)
    reports = job_reports([job for job in found if grant.covers(job.name)])
    return responses.answer({"jobs": [members.job_members(request, report) for report in reports]})


@router.get("/sources", url_name="sources", summary="Who calls", **openapi.SOURCES)
def list_sources(request: HttpRequest) -> HttpResponse:
    """When each source last triggered and last called run-due, and how many attempts it started."""
    grant = grant_of(request)
    require(grant, "read")
    request_body.query(request, ())
    found = source_reports(database.now(), actor=own_calls(grant))
    return responses.answer({"sources": [members.source_in_full(each) for each in found]})


@router.get("/jobs/{name}", url_name="job", summary="One job", **openapi.JOB)
def show_job(request: HttpRequest, name: str) -> HttpResponse:
    """One job: schedule, next slot, last run, health."""
    job = visible_job(request, name, "read")
    request_body.query(request, ())
    (report,) = job_reports([job])
    return responses.answer(members.job_members(request, report))


@router.get("/jobs/{name}/runs", url_name="runs", summary="The runs of a job", **openapi.RUNS)
def list_runs(request: HttpRequest, name: str) -> HttpResponse:
    """Newest first. `next` is the query of the page after this one, null on the last."""
    job = visible_job(request, name, "read")
    query = request_body.query(request, ("state", "since", "until", "limit", "cursor"))
    limit = _limit(query.get("limit"))
    found = list(_filtered(job, query).order_by("-run_date")[: limit + 1])
    more = found[limit - 1].run_date if len(found) > limit else None
    page = [members.run_detail(request, RunReport.of(run)) for run in found[:limit]]
    return responses.answer({"runs": page, "next": _cursor(more)})


def _filtered(job: Job, query: Mapping[str, str]) -> QuerySet[JobRun]:
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
    """Where the next page begins. A slot is unique in its job, so new runs do not move the pages."""
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
    report = RunReport.of(run)
    body = {
        **members.run_detail(request, report),
        "options": report.options,
        "attempts": [members.attempt_members(attempt) for attempt in attempts(run)],
    }
    if report.in_flight:
        return responses.answer(body, 202, **{"Retry-After": "5"})
    return responses.answer(body)


@router.get("/runs/{run_id}/output", url_name="output", summary="The output of a run", **openapi.OUTPUT)
def show_output(request: HttpRequest, run_id: str) -> HttpResponse:
    """The output of the newest attempt as plain text, with its traceback; `offset` follows a running one."""
    run = visible_run(request, run_id, "read")
    query = request_body.query(request, ("offset", "attempt"))
    offset, number = _number(query, "offset", 0), _number(query, "attempt", run.attempt)
    part = output_since(run, offset, number)
    if part is None:
        raise BadInput(f"`attempt`: this run has attempts 1 to {run.attempt}.")
    complete = "true" if part.complete else "false"
    headers = {"Jobs-Next-Offset": str(part.next_offset), "Jobs-Complete": complete}
    return HttpResponse(
        part.data,
        content_type="text/plain; charset=utf-8",
        headers={**headers, "X-Content-Type-Options": "nosniff"},
    )


def _number(query: Mapping[str, str], key: str, default: int) -> int:
    text = query.get(key)
    if text is None:
        return default
    number = whole(text, LONGEST)
    if number is None:
        raise BadInput(f"`{key}` must be a whole number, 0 or more; not {text[:60]!r}.")
    return number

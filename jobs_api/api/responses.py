"""Responses: JSON, problems, and the status and members for each outcome of a trigger."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse

from jobs_api import database, exceptions
from jobs_api.exceptions import Problem
from jobs_api.registry.job import Job
from jobs_api.runs.types import PauseSummary
from jobs_api.text import json_safe, one_line, shortened
from jobs_api.triggers.request import Result, RunSummary

OUTCOMES = exceptions.OUTCOMES
"""The status of each outcome."""

STRICT = ("already_succeeded", "already_running", "overlap_skipped")
"""409 for callers that send `Prefer: handling=strict`."""

REASON = 2000
"""Bytes."""

INSISTED = (*STRICT, "expired")
"""409 to a rerun, or to force: the operator must not believe that it ran."""

SENTENCES = exceptions.SENTENCES | {
    "submit_failed": "The executor could not take the attempt; it cost no try. Send the request again.",
    "failed": "The attempt failed. Its output shows why; to read it, a token needs the scope read.",
}


def answer(body: Any, status: int = 200, **headers: str) -> HttpResponse:
    """A JSON response that ends its line; a problem's media type from 400 up."""
    kind = "application/problem+json" if status >= 400 else "application/json"
    content = f"{json_safe(json.dumps(body))}\n".encode()
    return HttpResponse(
        content, content_type=kind, status=status, headers={**headers, "Content-Length": str(len(content))}
    )


def problem(request: HttpRequest, error: Problem) -> HttpResponse:
    """The response to a request that cannot be served."""
    members = dict(error.context)
    after = members.pop("retry_after", 5 if error.status == 503 else None)
    response = problem_answer(request, error.slug, error.title, error.status, error.detail, **members)
    if after is not None:
        response["Retry-After"] = str(after)
    if error.status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="jobs_api"'
    return response


def problem_answer(
    request: HttpRequest, slug: str, title: str, status: int, detail: str, **members: Any
) -> HttpResponse:
    """An RFC 9457 problem; `slug` names its page in the docs."""
    return answer({**_problem_members(request, slug, title, status, detail), **members}, status)


def _problem_members(request: HttpRequest, slug: str, title: str, status: int, detail: str) -> dict[str, Any]:
    text = shortened(one_line(detail)[:2000], 4000)
    return {"type": url(request, "problem", slug), "title": title, "status": status, "detail": text}


PATHS = {
    "docs": "docs",
    "openapi": "openapi.json",
    "output": "runs/{}/output",
    "problem": "docs/problems/{}",
    "run": "runs/{}",
    "runs": "jobs/{}/runs",
}


def url(request: HttpRequest, name: str, *args: Any) -> str:
    """A path of this API, below the prefix where the host has mounted it.

    Django's `reverse` would need the host's namespaces and whatever its prefix captures, and takes as long as
    a statement.
    """
    return root(request) + PATHS[name].format(*args)


def root(request: HttpRequest) -> str:
    """The path where this API begins; `jobs_api.urls` has set it."""
    return str(getattr(request, "jobs_api_root", "/"))


def outcome(
    request: HttpRequest,
    result: Result,
    *,
    strict: bool = False,
    insists: bool = False,
    applied: str = "",
) -> HttpResponse:
    """The response to a trigger.

    Args:
        strict: the caller prefers 409 where nothing was started.
        insists: it is a rerun, or has force.
        applied: the value of `Preference-Applied`; none if empty.
    """
    conflicts = INSISTED if insists else STRICT if strict else ()
    status = 409 if result.outcome in conflicts else OUTCOMES[result.outcome]
    body = outcome_members(request, result)
    if status >= 400:
        title = result.outcome.replace("_", " ").capitalize()
        slug = result.outcome.replace("_", "-")
        body = {**_problem_members(request, slug, title, status, SENTENCES[result.outcome]), **body}
    return answer(body, status, **_outcome_headers(result, body, status, applied))


def _outcome_headers(result: Result, body: dict[str, Any], status: int, applied: str) -> dict[str, str]:
    headers = {"Preference-Applied": applied} if applied else {}
    if status == 202 and body["run"]:
        headers["Location"] = body["run"]["url"]
    if status in (202, 503):
        headers["Retry-After"] = str(result.retry_after or 10)
    return headers


def outcome_members(request: HttpRequest, result: Result) -> dict[str, Any]:
    """The members of every response to a trigger; `pause` only where the job is paused."""
    pause = {} if result.pause is None else {"pause": pause_in_force(result.pause, result.job)}
    return {
        "outcome": result.outcome,
        "job": result.job.name,
        "run_date": local(result.run_date, result.job),
        "run": None if result.run is None else run_members(request, result.run),
        "next_run_date": local(result.job.next_run_date(database.guess()), result.job),
        **pause,
    }


def pause_in_force(pause: PauseSummary, job: Job) -> dict[str, Any]:
    """The pause in the response to a trigger; a reason may be long, and the response stays under 8 KB."""
    return {
        "started_at": local(pause.started_at, job),
        "until": local(pause.until, job),
        "actor": pause.actor or None,
        "reason": shortened(pause.reason, REASON) or None,
    }


def run_members(request: HttpRequest, run: RunSummary) -> dict[str, Any]:
    """The run in the response to a trigger."""
    return {
        "id": run.id,
        "state": run.state,
        "attempt": run.attempt,
        "reason": run.reason or None,
        "started_at": iso(run.started_at),
        "finished_at": iso(run.finished_at),
        "duration_ms": run.duration_ms,
        "url": url(request, "run", run.id),
    }


def iso(instant: datetime | None) -> str | None:
    """An instant as ISO 8601 with its offset."""
    return None if instant is None else instant.isoformat()


def local(instant: datetime | None, job: Job | None) -> str | None:
    """An instant in the job's zone; as it is where the job is not declared any more."""
    if instant is None or job is None:
        return iso(instant)
    zone: ZoneInfo = job.slots.zone
    return instant.astimezone(zone).isoformat()


def failed_due(request: HttpRequest, members: dict[str, Any]) -> HttpResponse:
    """The response to run-due where an attempt of this call has failed."""
    detail = "At least one attempt failed; `runs` names them."
    return problem_answer(request, "failed", "Jobs failed", 500, detail, **members)

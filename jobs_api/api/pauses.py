"""Pausing and resuming: one job, or all that match; until when, and how much waits for that."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from jobs_api import database
from jobs_api.api import members, openapi, request_body, responses
from jobs_api.api.access import bearer, grant_of, visible_job
from jobs_api.auth.bearer import require
from jobs_api.auth.tokens import Grant
from jobs_api.conf import default_timezone
from jobs_api.database import bounds
from jobs_api.exceptions import BadInput
from jobs_api.registry.job import Job
from jobs_api.runs import backlog, pausing
from jobs_api.runs.pausing import Change
from jobs_api.triggers.pause_orders import instant_with_offset, matching

router = Router(tags=["operating"], auth=bearer)

GLOBS = 100
"""So many globs a request may have, each of so many characters."""


@router.post("/jobs/{name}/pause", url_name="pause", summary="Pause a job", **openapi.PAUSE)
def pause(request: HttpRequest, name: str) -> HttpResponse:
    """Triggers answer `paused` and start nothing; slots that pass meanwhile are not missed."""
    job = visible_job(request, name, "operate")
    request_body.query(request, ())
    body = request_body.read(request, ("reason", "until")).fields
    return responses.answer(_pause(request, [job], body)[0])


@router.post("/jobs/{name}/resume", url_name="resume", summary="Resume a job", **openapi.RESUME)
def resume(request: HttpRequest, name: str) -> HttpResponse:
    """Let triggers through again; nothing starts by itself."""
    job = visible_job(request, name, "operate")
    request_body.query(request, ())
    body = request_body.read(request, ("reason",)).fields
    return responses.answer(_resume(request, [job], body)[0])


@router.post("/pause", url_name="pause-jobs", summary="Pause jobs", **openapi.PAUSE_JOBS)
def pause_jobs(request: HttpRequest) -> HttpResponse:
    """Pause every job that is declared now, that the token covers and that matches a glob of `jobs`."""
    grant = _operator(request)
    body = request_body.read(request, ("jobs", "reason", "until")).fields
    return responses.answer({"jobs": _pause(request, _chosen(grant, body), body)})


@router.post("/resume", url_name="resume-jobs", summary="Resume jobs", **openapi.RESUME_JOBS)
def resume_jobs(request: HttpRequest) -> HttpResponse:
    """Resume every job that is declared now, that the token covers and that matches a glob of `jobs`."""
    grant = _operator(request)
    body = request_body.read(request, ("jobs", "reason")).fields
    return responses.answer({"jobs": _resume(request, _chosen(grant, body), body)})


def _operator(request: HttpRequest) -> Grant:
    grant = grant_of(request)
    require(grant, "operate")
    request_body.query(request, ())
    return grant


def _chosen(grant: Grant, body: dict[str, Any]) -> list[Job]:
    globs = body.get("jobs")
    if not isinstance(globs, list) or not 0 < len(globs) <= GLOBS:
        raise BadInput(
            f'`jobs` must be a list of 1 to {GLOBS} names or globs, such as ["report_*"] or ["*"].'
        )
    if not all(isinstance(glob, str) and 0 < len(glob) <= GLOBS for glob in globs):
        raise BadInput(f"`jobs` must hold names or globs, strings of 1 to {GLOBS} characters.")
    return matching(globs, grant.covers)


def _pause(request: HttpRequest, jobs: Sequence[Job], body: dict[str, Any]) -> list[dict[str, Any]]:
    actor, reason, until = grant_of(request).name, request_body.text(body, "reason"), _until(body)
    at, changes = database.now(), []
    for job in jobs:
        changes.append(pausing.pause(job, actor=actor, comment=reason, at=at, until=until))
        bounds.afresh()  # each job has the time of a request
    return _told(jobs, changes, at)


def _resume(request: HttpRequest, jobs: Sequence[Job], body: dict[str, Any]) -> list[dict[str, Any]]:
    actor, reason = grant_of(request).name, request_body.text(body, "reason")
    at, changes = database.now(), []
    for job in jobs:
        changes.append(pausing.resume(job, actor=actor, comment=reason, at=at))
        bounds.afresh()
    return _told(jobs, changes, at)


def _until(body: dict[str, Any]) -> datetime | None:
    if body.get("until") is None:
        return None
    return instant_with_offset(request_body.text(body, "until"), default_timezone())


def _told(jobs: Sequence[Job], changes: Sequence[Change], at: datetime) -> list[dict[str, Any]]:
    waiting = backlog.waiting(jobs, at=at)
    return [
        {
            "job": job.name,
            "paused": change.pause is not None and change.pause.is_in_force(at),
            "changed": change.changed,
            "last_pause": members.pause_members(change.pause, job),
            "waiting": waiting[job.name],
        }
        for job, change in zip(jobs, changes, strict=True)
    ]

"""Who may see what: every endpoint but the open ones checks the token first."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest
from ninja.security import HttpBearer

from jobs_api import registry
from jobs_api.auth.bearer import authenticate, forbidden, require
from jobs_api.auth.tokens import Grant
from jobs_api.exceptions import NotFound
from jobs_api.models import JobRun
from jobs_api.registry.job import Job
from jobs_api.runs import readers
from jobs_api.text.numbers import LARGEST_ID, whole


class Bearer(HttpBearer):
    """Authorization: Bearer, or X-Jobs-Token; see `jobs_api.auth.bearer`."""

    def __call__(self, request: HttpRequest) -> Any:
        return authenticate(request)

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """Not used: `__call__` reads both headers."""
        return authenticate(request)


bearer = Bearer()


def grant_of(request: HttpRequest) -> Grant:
    """What the token of this request may do."""
    return cast(Grant, request.auth)  # type: ignore[attr-defined]


def own_calls(grant: Grant) -> str | None:
    """Whose calls a token may see: None is everybody's. A token for some jobs sees only its own."""
    return None if grant.covers_all else grant.name


def visible_run(request: HttpRequest, run_id: str, *scopes: str) -> JobRun:
    """The run as readers see it, without its output.

    Raises:
        Forbidden: the token has none of `scopes`.
        NotFound: there is no such run, or the token's patterns hide its job.
    """
    grant = grant_of(request)
    if not grant.scopes & set(scopes):
        raise forbidden(grant, *scopes)
    run = readers.find(whole(run_id, LARGEST_ID) or 0)
    if run is None or not grant.covers(run.job_name):
        raise NotFound(f"There is no run {run_id[:40]!r}.")
    return run


def visible_job(request: HttpRequest, name: str, scope: str) -> Job:
    """The job, if the token has this scope and its patterns let the job through."""
    require(grant_of(request), scope, job_name=name)
    return registry.get(name)

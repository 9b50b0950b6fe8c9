"""The API object: its routers and its exception handlers."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from functools import cache
from inspect import signature
from typing import Any

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.db import DataError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from ninja import NinjaAPI, Router
from ninja.errors import ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from jobs_api.api import document, health, metrics, operations, pauses, reads, responses, triggers
from jobs_api.api.access import grant_of
from jobs_api.audit import acting
from jobs_api.database.problems import problem_of
from jobs_api.exceptions import BadInput, BodyTooLarge, DatabaseBusy, InternalError, Problem
from jobs_api.monitoring import refusals, trigger_counts
from jobs_api.text import loggers

logger = loggers.logger(__name__)


_UNUSED = HttpResponse()


class _Lean(Operation):
    """An operation whose view gets the strings of its path, reads the request itself and returns a response.

    Ninja has nothing to convert here. Its conversion would take a tenth of the time of a duplicate.
    """

    def run(self, request: HttpRequest, **path: Any) -> HttpResponseBase:
        """Replaces Ninja's own `run`: authenticate, call the view, turn every exception into an answer."""
        try:
            for authenticated in self.auth_callbacks:
                request.auth = authenticated(request)  # type: ignore[attr-defined]
            arguments = {name: path[name] for name in _path_arguments(self.view_func)}
            with _origin(request) if self.auth_callbacks else nullcontext():
                response: HttpResponse = self.view_func(request, **arguments)
        except Exception as error:  # noqa: BLE001 - the handlers below answer each
            return self.api.on_exception(request, error)
        return response


def _origin(request: HttpRequest) -> acting:
    """Who calls, for the audit: the token, and the address as the limit on bad tokens sees it."""
    return acting("api", actor=grant_of(request).name, address=str(request.META.get("REMOTE_ADDR", "")))


@cache
def _path_arguments(view: Callable[..., HttpResponse]) -> tuple[str, ...]:
    """The names that a view takes from the path; a host's URL prefix may have captured more."""
    return tuple(signature(view).parameters)[1:]


def _make_lean(router: Router) -> None:
    for view in router.path_operations.values():
        for operation in view.operations:
            operation.__class__ = _Lean


class JobsAPI(NinjaAPI):
    """NinjaAPI with hand-written schemas of the answers, for speed."""

    def create_temporal_response(self, request: HttpRequest) -> HttpResponse:
        """A response that Ninja prepares for a view. Our views make their own, so this one is never sent."""
        return _UNUSED

    def get_openapi_schema(self, **kwargs: Any) -> OpenAPISchema:
        """OpenAPI 3.1."""
        schema = super().get_openapi_schema(**kwargs)
        document.complete(schema)
        return schema

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """The view's name; generated clients use it as the name of their method."""
        return operation.view_func.__name__


def build() -> NinjaAPI:
    """Build the API, which `jobs_api.urls` mounts."""
    api = JobsAPI(
        title="jobs_api",
        version="1",
        description="A bearer-protected POST runs a management command once per slot.",
        urls_namespace="jobs_api",
        openapi_url=None,  # both pages are in `docs`
        docs_url=None,
    )
    for module in (triggers, reads, operations, pauses, health, metrics):
        _make_lean(module.router)
        api.add_router("", module.router)
    api.add_exception_handler(Problem, _problem)
    api.add_exception_handler(ValidationError, _invalid)
    api.add_exception_handler(DataError, _out_of_range)
    for refused in (SuspiciousOperation, BadRequest):
        api.add_exception_handler(refused, _suspicious)
    api.add_exception_handler(Exception, _broken)
    return api


def _problem(request: HttpRequest, error: Any) -> HttpResponse:
    if error.status in refusals.STATUSES:
        address = str(request.META.get("REMOTE_ADDR", ""))
        trigger_counts.refused(address, error.status, refusals.reason_of(error))
    return responses.problem(request, error)


def _invalid(request: HttpRequest, error: Any) -> HttpResponse:
    named = "; ".join(f"`{fault['loc'][-1]}`: {fault['msg']}" for fault in error.errors[:5])
    return responses.problem(request, BadInput(named))


def _out_of_range(request: HttpRequest, error: Any) -> HttpResponse:
    return responses.problem(request, BadInput("A value is out of the range that the database can hold."))


def _suspicious(request: HttpRequest, error: Any) -> HttpResponse:
    """A request that Django refuses to read because of the host's settings."""
    if isinstance(error, RequestDataTooBig):
        return responses.problem(request, BodyTooLarge("The body is larger than this host accepts."))
    return responses.problem(request, BadInput("The request exceeds a limit in this host's settings."))


def _broken(request: HttpRequest, error: Any) -> HttpResponse:
    problem = problem_of(error)
    if isinstance(problem, DatabaseBusy):
        logger.warning(
            "The database was not available for %s %r.", request.method, request.path, exc_info=error
        )
    elif isinstance(problem, InternalError):
        logger.error("Internal error at %s %r.", request.method, request.path, exc_info=error)
    return responses.problem(request, problem)

"""The API as one object: its routers, and what becomes of every exception."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.db import DataError, InterfaceError, OperationalError, ProgrammingError
from django.db import InternalError as DjangoInternalError
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from jobs_api import loggers
from jobs_api.api import answers, document, health, operations, reads, triggers
from jobs_api.exceptions import BadInput, BodyTooLarge, DatabaseBusy, InternalError, NotReady, Problem
from jobs_api.storage import NOT_MIGRATED, lacks_tables

logger = loggers.logger(__name__)


_UNUSED = HttpResponse()


class JobsAPI(NinjaAPI):
    """NinjaAPI with the schemas of answers that are written by hand, for speed."""

    def create_temporal_response(self, request: HttpRequest) -> HttpResponse:
        """What Ninja hands to a view to fill. The views here make their own, so this one is never sent."""
        return _UNUSED

    def get_openapi_schema(self, **kwargs: Any) -> OpenAPISchema:
        """OpenAPI 3.1."""
        schema = super().get_openapi_schema(**kwargs)
        document.complete(schema)
        return schema

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """The view's name: what a generated client calls its method."""
        return operation.view_func.__name__


def build() -> NinjaAPI:
    """The API; `jobs_api.urls` mounts it."""
    api = JobsAPI(
        title="jobs_api",
        version="1",
        description="A bearer-protected POST runs a management command once per slot.",
        urls_namespace="jobs_api",
        openapi_url=None,  # both pages are in `docs`
        docs_url=None,
    )
    for module in (triggers, reads, operations, health):
        api.add_router("", module.router)
    api.add_exception_handler(Problem, _problem)
    api.add_exception_handler(ValidationError, _invalid)
    api.add_exception_handler(OperationalError, _busy)
    api.add_exception_handler(InterfaceError, _busy)
    api.add_exception_handler(DjangoInternalError, _busy)  # such as one that only reads since a failover
    api.add_exception_handler(DataError, _out_of_range)
    for refused in (SuspiciousOperation, BadRequest):
        api.add_exception_handler(refused, _suspicious)
    api.add_exception_handler(Exception, _broken)
    return api


def _problem(request: HttpRequest, error: Any) -> HttpResponse:
    return answers.problem(request, error)


def _invalid(request: HttpRequest, error: Any) -> HttpResponse:
    named = "; ".join(f"`{fault['loc'][-1]}`: {fault['msg']}" for fault in error.errors[:5])
    return answers.problem(request, BadInput(named))


def _out_of_range(request: HttpRequest, error: Any) -> HttpResponse:
    return answers.problem(request, BadInput("A value is out of the range that the database can hold."))


def _suspicious(request: HttpRequest, error: Any) -> HttpResponse:
    """What Django refuses to read by the host's own settings."""
    if isinstance(error, RequestDataTooBig):
        return answers.problem(request, BodyTooLarge("The body is larger than this host takes."))
    return answers.problem(request, BadInput("The request is more than this host's settings let it read."))


def _busy(request: HttpRequest, error: Any) -> HttpResponse:
    if lacks_tables(error):
        return answers.problem(request, NotReady(NOT_MIGRATED))
    logger.warning("The database did not take %s %r.", request.method, request.path, exc_info=error)
    return answers.problem(request, DatabaseBusy())


def _broken(request: HttpRequest, error: Any) -> HttpResponse:
    if isinstance(error, ProgrammingError) and lacks_tables(error):  # how PostgreSQL misses a table
        return answers.problem(request, NotReady(NOT_MIGRATED))
    logger.error("Internal error at %s %r.", request.method, request.path, exc_info=error)
    return answers.problem(request, InternalError())

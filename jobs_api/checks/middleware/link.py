"""One middleware of the host's chain, with a note of what came in and what went out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from jobs_api.checks.middleware import ASKED
from jobs_api.checks.middleware.questions import Seen
from jobs_api.checks.middleware.solitude import is_of_a_database

Handler = Callable[[HttpRequest], HttpResponseBase]
REFUSALS = ((Http404, 404), (PermissionDenied, 403), (SuspiciousOperation, 400), (BadRequest, 400))
"""Exceptions that Django turns into an answer, and its status."""


class Link:
    """One middleware of the chain."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.skipped = False
        """Whether its place is empty, so that the others can be looked at."""
        self.stores = False
        """Whether it stores answers; then it gets no more of them, as it might give them to real callers."""
        self.clear()

    def clear(self) -> None:
        """Reset, before a question."""
        self.entered = False
        self.passed = False
        """Whether it passed the request on."""
        self.answered_in_view = False
        """Whether its process_view gave the answer."""
        self.lost: list[str] = []
        """What is missing in the request that it passed on."""
        self.error: Exception | None = None
        self.received: Seen | None = None
        self.returned: Seen | None = None

    @property
    def left_out(self) -> bool:
        """Whether it was skipped as it needs a database."""
        return self.error is not None and is_of_a_database(self.error)

    def inside(self, handler: Handler) -> Handler:
        """What the middleware gets as `get_response`."""

        def get_response(request: HttpRequest) -> HttpResponseBase:
            self.passed = True
            self.lost = request.META[ASKED].lost(request)
            response = self.kept = handler(request)
            self.received = Seen.of(response)
            return response

        return get_response

    def outside(self, middleware: Callable[[HttpRequest], Any], inside: Handler) -> Handler:
        """The middleware itself; one that needs a database that is not there is skipped."""

        def handle(request: HttpRequest) -> HttpResponseBase:
            self.entered = True
            response: HttpResponseBase
            try:
                response = inside(request) if self.skipped else middleware(request)
                self.returned = Seen.of(response)
            except Exception as error:  # noqa: BLE001 - the host's middleware may raise anything
                self.error = error
                if is_of_a_database(error):
                    response = self.kept if self.passed else inside(request)
                else:
                    response = refusal(error)
                self.returned = Seen.of(response)
            return response

        return handle

    def view(self, process_view: Callable[..., Any]) -> Callable[..., Any]:
        """The middleware's process_view."""

        def process(request: HttpRequest, *view: Any) -> Any:
            if self.skipped:
                return None
            try:
                response = process_view(request, *view)
            except Exception as error:
                self.error, self.answered_in_view = error, not is_of_a_database(error)
                if not self.answered_in_view:
                    return None
                raise
            self.answered_in_view = response is not None
            return response

        return process


def refusal(error: Exception) -> HttpResponse:
    """The answer to an exception; Django's own would also log it, and send a signal to error trackers."""
    statuses = [status for kind, status in REFUSALS if isinstance(error, kind)]
    return HttpResponse(type(error).__name__, status=(statuses or [500])[0])

"""The host's chain of middleware, with a note at each link of what came in and what went out."""

from __future__ import annotations

from typing import Any

from asgiref.sync import async_to_sync, sync_to_async
from django.core.exceptions import MiddlewareNotUsed
from django.core.handlers.base import BaseHandler
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import set_urlconf
from django.utils.module_loading import import_string

from jobs_api import conf
from jobs_api.checks.middleware import ASKED
from jobs_api.checks.middleware.link import Handler, Link, refusal
from jobs_api.checks.middleware.questions import Question, Seen


class Chain(BaseHandler):
    """The handler of a server, but it logs nothing, sends no signal, and keeps notes.

    It is loaded as Django's is, in its synchronous form; asynchronous middleware is adapted.
    """

    def __init__(self) -> None:
        self.links: list[Link] = []
        """From the outermost to the innermost."""
        self.unloaded: list[tuple[str, Exception]] = []
        """Middleware that cannot be loaded."""
        self.error: Exception | None = None
        """What was raised around our views."""
        self.inner: Seen | None = None
        """The answer at the inner end."""
        self.urlconf: Any = None
        """The URLconf that the last request got from its middleware."""
        self.loading = ""
        """The middleware that is being loaded."""

    def load_middleware(self, is_async: bool = False) -> None:
        """Build the chain, from the inside to the outside."""
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        handler: Handler = self._innermost
        for path in reversed(conf.middleware()):
            self.loading = path
            handler = self._around(path, handler)
        self.loading = ""
        self._middleware_chain: Any = handler

    def standing_at(self) -> str:
        """The middleware that has not returned yet."""
        inside = [link.name for link in self.links if link.entered and link.returned is None]
        return self.loading or (inside[-1] if inside else "The middleware")

    def ask(self, question: Question) -> Seen:
        """Send the question through the chain."""
        self.error, self.inner, self.urlconf = None, None, conf.root_urlconf()
        for link in self.links:
            link.clear()
        set_urlconf(conf.root_urlconf())
        return Seen.of(self._middleware_chain(question.request()))

    def _around(self, path: str, handler: Handler) -> Handler:
        link = Link(path)
        inside = link.inside(handler)
        try:
            factory: Any = import_string(path)
            is_sync = getattr(factory, "sync_capable", True)
            middleware = factory(inside if is_sync else sync_to_async(inside, thread_sensitive=True))
            if middleware is None:
                raise TypeError("it returned None and no middleware")
        except MiddlewareNotUsed:
            return handler
        except Exception as error:  # noqa: BLE001 - the host's middleware may raise anything
            self.unloaded.append((path, error))
            return handler
        self.links.insert(0, link)
        self._note_methods(link, middleware)
        return link.outside(middleware if is_sync else async_to_sync(middleware), inside)

    def _note_methods(self, link: Link, middleware: Any) -> None:
        if hasattr(middleware, "process_view"):
            process = link.view(self.adapt_method_mode(False, middleware.process_view))
            self._view_middleware.insert(0, process)
        if hasattr(middleware, "process_template_response"):
            method = self.adapt_method_mode(False, middleware.process_template_response)
            self._template_response_middleware.append(method)
        if hasattr(middleware, "process_exception"):
            self._exception_middleware.append(self.adapt_method_mode(False, middleware.process_exception))

    def _innermost(self, request: HttpRequest) -> HttpResponseBase:
        question: Question = request.META[ASKED]
        self.urlconf = getattr(request, "urlconf", None) or self.urlconf
        if not question.status:  # it asks only for the URLconf
            return HttpResponse(headers={"Cache-Control": "no-store, private"})
        response: HttpResponseBase
        try:
            response = self._get_response(request)  # type: ignore[attr-defined]
        except Exception as error:  # noqa: BLE001 - a decorator around our views may raise anything
            self.error, response = error, refusal(error)
        self.inner = Seen.of(response)
        return response

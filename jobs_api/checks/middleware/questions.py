"""Test requests, and what arrives of them at our views."""

from __future__ import annotations

import dataclasses
import io
import json
import secrets
from collections.abc import Mapping
from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse

from jobs_api import conf
from jobs_api.checks.middleware import ASKED

TOKEN = "Bearer a-test-request-of-manage.py-check"  # noqa: S105 - never valid: it is not compared with anything
BODY = b"{}"
HEADERS = {401: {"WWW-Authenticate": "Bearer"}, 503: {"Retry-After": "60"}, 202: {"Retry-After": "5"}}


@dataclasses.dataclass(frozen=True)
class Seen:
    """An answer as it was at one place on its way out."""

    status: int
    headers: Mapping[str, str]
    body: bytes | None
    """None if it is a stream, which none of ours is."""

    @classmethod
    def of(cls, response: Any) -> Seen:
        """Note it."""
        headers = {name.lower(): str(value) for name, value in response.items()}
        return cls(response.status_code, headers, None if response.streaming else bytes(response.content))


@dataclasses.dataclass
class Question:
    """One test request, and the answer that our view would give."""

    method: str
    root: str
    """The path at which our URLs are mounted."""
    route: str
    """The rest of the path."""
    status: int = 200
    """The status of our answer, as some middleware changes errors only; 0: which URLconf is used?"""
    host: str = "localhost"
    secure: bool = True
    bare: bool = False
    """Whether the path lacks the language with which our URLs begin."""
    sent: Seen | None = None
    """Our answer, if the request reached our views."""
    body: bytes = b""
    """The body of our answer, which no other question has."""

    @property
    def path(self) -> str:
        """The whole path."""
        return self.root + self.route

    def request(self) -> HttpRequest:
        """The request, as a server would give it to Django."""
        self.sent = None
        self.body = json.dumps({"outcome": "checked", "answer": secrets.token_hex(8)}).encode()
        return WSGIRequest(self._environ())

    def answer(self, request: HttpRequest) -> HttpResponse:
        """Answer in the place of the view."""
        kind = "application/json" if self.status < 400 else "application/problem+json"
        headers = HEADERS.get(self.status, {})
        return HttpResponse(self.body, status=self.status, content_type=kind, headers=headers)

    def note(self, response: HttpResponse) -> HttpResponse:
        """Note the answer with which the outermost wrapper of our views returns."""
        self.sent = Seen.of(response)
        return response

    def lost(self, request: HttpRequest) -> list[str]:
        """What is missing in a request that a middleware passes on."""
        meta, started = request.META, getattr(request, "_read_started", False)
        facts = {
            "the method": request.method == self.method,
            "the header Authorization": meta.get("HTTP_AUTHORIZATION") == TOKEN,
            "the body": hasattr(request, "_body") or not started,
        }
        return [name for name, kept in facts.items() if not kept]

    def _environ(self) -> dict[str, Any]:
        length = {"CONTENT_LENGTH": str(len(BODY)), "CONTENT_TYPE": "application/json"}
        header, value = conf.proxy_ssl_header() if self.secure else ("", "")
        return {
            **(length if self.method == "POST" else {}),
            **({header: value} if header else {}),
            "REQUEST_METHOD": self.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": self.path,
            "QUERY_STRING": "",
            "SERVER_NAME": self.host,
            "SERVER_PORT": "443" if self.secure else "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": self.host,
            "HTTP_ACCEPT": "*/*",
            "HTTP_USER_AGENT": "curl/8.5.0",
            "HTTP_AUTHORIZATION": TOKEN,
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "https" if self.secure else "http",
            "wsgi.input": io.BytesIO(BODY if self.method == "POST" else b""),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
            ASKED: self,
        }

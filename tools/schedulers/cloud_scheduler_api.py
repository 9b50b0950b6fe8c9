"""A stand-in for two APIs of Google: Cloud Scheduler keeps jobs, Secret Manager has one secret."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

SECRET = "stand-in-cron-secret-of-40-characters-00"
MISSING = {"error": {"code": 404, "message": "Job not found.", "status": "NOT_FOUND"}}


class Api(ThreadingHTTPServer):
    """Its jobs, by name, as the newest call left them."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.jobs: dict[str, dict[str, Any]] = {}

    @property
    def url(self) -> str:
        """As gcloud takes the address of an API."""
        return f"http://127.0.0.1:{self.server_port}/"


class _Handler(BaseHTTPRequestHandler):
    server: Api

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path.endswith(":access"):
            self._answer({"payload": {"data": base64.urlsafe_b64encode(SECRET.encode()).decode()}})
        else:
            self._answer(self.server.jobs.get(_name(path)))

    def do_POST(self) -> None:
        job = self._body()
        self.server.jobs[_name(job["name"])] = job
        self._answer(job)

    def do_PATCH(self) -> None:
        job = self.server.jobs.get(_name(self.path.partition("?")[0]))
        if job is not None:
            job.update(self._body())
        self._answer(job)

    def _body(self) -> dict[str, Any]:
        return dict(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def _answer(self, value: dict[str, Any] | None) -> None:
        body = json.dumps(MISSING if value is None else value).encode()
        self.send_response(404 if value is None else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Nothing."""


def _name(path: str) -> str:
    return path.rpartition("/jobs/")[2]


@contextmanager
def serving() -> Iterator[Api]:
    """While it answers."""
    with Api() as api:
        Thread(target=api.serve_forever, daemon=True).start()
        try:
            yield api
        finally:
            api.shutdown()

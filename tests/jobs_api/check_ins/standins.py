"""Servers on 127.0.0.1 that know what each vendor documents, and refuse anything else."""

from __future__ import annotations

import json
import re
import threading
import time
import uuid
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from zoneinfo import available_timezones

from cronsim import CronSim

PING_KEY, API_KEY = "a-ping-key-of-22-chars", "an-api-key-that-manages"
METHODS = ("GET", "HEAD", "POST")
SECRETS = (PING_KEY, API_KEY)


class StandIn(BaseHTTPRequestHandler):
    """Answers by `respond`, and keeps every request that was taken."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = parse_qs(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        assert all(len(values) == 1 for values in query.values())
        asked = Asked(
            self.command, unquote(parts.path), {name: values[0] for name, values in query.items()}, body
        )
        asked.headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.seen.append(asked)
        status, answer = self.server.respond(asked)
        self.send_response(status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        raw = answer.encode()
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    do_POST = do_PUT = do_HEAD = do_GET

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


class Asked:
    """A request."""

    headers: dict[str, str]

    def __init__(self, method: str, path: str, query: dict[str, str], body: bytes) -> None:
        self.method, self.path, self.query, self.body = method, path, query, body


class Server(ThreadingHTTPServer):
    """One vendor."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), StandIn)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.seen: list[Asked] = []
        self.headers: dict[str, str] = {}

    def respond(self, asked: Asked) -> tuple[int, str]:
        raise NotImplementedError

    def handle_error(self, *args: Any) -> None:
        """A client that gives up is no trouble."""


class Healthchecks(Server):
    """healthchecks.io/docs/http_api and healthchecks.io/docs/api, as the open-source server answers."""

    PING = re.compile(r"/([\w-]+)/([a-z0-9_-]+)(?:/(start|fail|log|\d+))?")

    def __init__(self) -> None:
        super().__init__()
        self.checks: dict[str, dict[str, Any]] = {}
        self.pings: list[tuple[str, str, str, str]] = []
        """Slug, signal, rid and body."""

    def respond(self, asked: Asked) -> tuple[int, str]:
        if asked.path.startswith("/api/"):
            return self._manage(asked)
        found = self.PING.fullmatch(asked.path)
        if (
            found is None
            or asked.method not in ("GET", "HEAD", "POST")
            or set(asked.query) - {"rid", "create"}
        ):
            return 400, "invalid url format"
        key, slug, signal = found.groups()
        try:
            rid = str(uuid.UUID(asked.query["rid"])) if "rid" in asked.query else ""
        except ValueError:
            return 400, "invalid uuid format"
        known = slug in self.checks
        if key != PING_KEY or not (known or asked.query.get("create") == "1"):
            return 404, "not found"
        if len(asked.body) > 10_000 or (asked.body and asked.method != "POST"):
            return 400, "more than is kept"
        self.checks.setdefault(slug, {"slug": slug, "timeout": 86400, "grace": 3600, "channels": "*"})
        self.pings.append((slug, signal or "success", rid, asked.body.decode()))
        return (200, "OK") if known else (201, "Created")

    def _manage(self, asked: Asked) -> tuple[int, str]:
        if asked.headers.get("x-api-key") != API_KEY:
            return 401, json.dumps({"error": "wrong api key"})
        if asked.path != "/api/v3/checks/":
            return 404, ""
        if asked.method == "GET":
            found = [check for slug, check in self.checks.items() if slug == asked.query.get("slug", slug)]
            return 200, json.dumps({"checks": found})
        spec = json.loads(asked.body)
        if fault := self._fault(spec):
            return 400, json.dumps({"error": f"json validation error: {fault}"})
        slug = spec["slug"]
        assert spec.pop("unique") == ["slug"]
        new = slug not in self.checks
        check = self.checks.setdefault(slug, {"channels": ""})
        if "schedule" in spec:
            check.pop("timeout", None)
        check |= {**spec, "ping_url": f"{self.url}/{uuid.uuid5(uuid.NAMESPACE_DNS, slug)}"}
        return (201 if new else 200), json.dumps(check)

    @staticmethod
    def _fault(spec: dict[str, Any]) -> str:
        kinds = {
            "name": str, "slug": str, "tags": str, "desc": str, "grace": int, "timeout": int, "schedule": str,
            "tz": str, "channels": str, "unique": list,
        }  # fmt: skip
        for name, value in spec.items():
            if name not in kinds or type(value) is not kinds[name]:
                return f"{name} is not known, or of another type"
        if not re.fullmatch("[a-z0-9-_]*", spec.get("slug", "")) or len(spec.get("name", "")) > 100:
            return "slug does not match pattern"
        for name in ("grace", "timeout"):
            if not 60 <= spec.get(name, 60) <= 31536000:
                return f"{name} is too small or too large"
        if spec.get("tz", "UTC") not in available_timezones():
            return "tz is not a valid timezone"
        if "schedule" in spec:
            CronSim(spec["schedule"], __import__("datetime").datetime(2000, 1, 1))
        return ""


class Cronitor(Server):
    """cronitor.io/docs/telemetry-api and cronitor.io/docs/monitor-api."""

    STATES = ("run", "complete", "fail", "ok")
    METRIC = re.compile(r"(count|duration|error_count):\d+(\.\d+)?")
    KNOWN = {"state", "env", "host", "message", "metric", "series", "status_code"}
    ASSERTION = re.compile(r"metric\.duration < \d+ minutes")
    ATTRIBUTES = {
        "key", "type", "name", "schedule", "timezone", "grace_seconds", "assertions", "tags", "note",
    }  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self.events: list[tuple[str, dict[str, str]]] = []
        self.monitors: dict[str, dict[str, Any]] = {}

    def respond(self, asked: Asked) -> tuple[int, str]:
        if asked.path == "/api/monitors":
            return self._manage(asked)
        parts = asked.path.split("/")
        if len(parts) != 4 or parts[1] != "p" or asked.method not in METHODS:
            return 404, ""
        query = asked.query
        undocumented = (
            set(query) - self.KNOWN
            or query.get("state") not in self.STATES
            or len(query.get("message", "")) > 2000
            or not self.METRIC.fullmatch(query.get("metric", "count:1"))
        )
        if undocumented:
            return 400, ""
        if parts[2] == API_KEY:  # it answers 200 in any case, and looks at the key later
            self.events.append((parts[3], query))
        return 200, "OK"

    def _manage(self, asked: Asked) -> tuple[int, str]:
        if asked.headers.get("authorization") != "Basic " + b64encode(f"{API_KEY}:".encode()).decode():
            return 401, ""
        if asked.method != "PUT" or asked.headers.get("content-type") != "application/json":
            return 400, ""
        monitors = json.loads(asked.body)["monitors"]
        for monitor in monitors:
            if set(monitor) - self.ATTRIBUTES or monitor.get("type") != "job":
                return 400, json.dumps({"errors": "unknown attribute"})
            if not all(
                re.fullmatch(r"metric\.duration < \d+ minutes", each) for each in monitor["assertions"]
            ):
                return 400, json.dumps({"errors": "assertions"})
            self.monitors[monitor["key"]] = monitor
        return 200, json.dumps({"monitors": monitors})


class Trouble(Server):
    """A server that does not do what a monitor does."""

    def __init__(self, status: int = 500, text: str = "", *, hangs: bool = False, **headers: str) -> None:
        super().__init__()
        self.answer, self.hangs, self.headers = (status, text), hangs, headers
        self.over = threading.Event()

    def respond(self, asked: Asked) -> tuple[int, str]:
        if self.hangs:
            self.over.wait(20)
        return self.answer

    def server_close(self) -> None:
        self.over.set()
        super().server_close()


@contextmanager
def serving(server: Any) -> Iterator[Any]:
    """Until the end of the block."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def until(true: Any, seconds: float = 15) -> None:
    """Wait for it; no test depends on how quick the machine is."""
    give_up = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < give_up, "it did not come"
        time.sleep(0.01)

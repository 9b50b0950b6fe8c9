"""Plays the cron service: sends one HTTP request with curl if it is installed, otherwise with Python."""

from __future__ import annotations

import http.client
import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tools.demo import terminal

TIMEOUT = 60


@dataclass(frozen=True)
class Answer:
    """The answer to a request; status 0 if there was none."""

    status: int
    phrase: str
    headers: Mapping[str, str]
    body: Any

    @property
    def outcome(self) -> str:
        """The outcome of a trigger; empty if the body has none."""
        return str(self._members.get("outcome", ""))

    @property
    def run(self) -> dict[str, Any]:
        """The run in a trigger's answer."""
        return self._members.get("run") or {}

    @property
    def _members(self) -> dict[str, Any]:
        return self.body if isinstance(self.body, dict) else {}

    def __str__(self) -> str:
        later = f", Retry-After: {self.headers['Retry-After']}" if "Retry-After" in self.headers else ""
        return f"{self.status} {self.phrase}{later}" if self.status else self.phrase


class Caller:
    """Sends requests to one server with its secret."""

    def __init__(self, port: int, env: Mapping[str, str]) -> None:
        self._port, self._env = port, env

    def line(self, method: str, path: str, *, secret: str = "$CRON_SECRET") -> str:
        """The request as a shell command."""
        post = "-X POST " if method == "POST" else ""
        url = f"http://127.0.0.1:{self._port}{path}"
        return f'curl -isS {post}{url} \\\n    -H "Authorization: Bearer {secret}"'

    def post(self, path: str, *show: str, secret: str = "$CRON_SECRET") -> Answer:
        """Print a POST, send it, print the answer."""
        return self._printed("POST", path, show, secret)

    def get(self, path: str, *show: str) -> Answer:
        """Print a GET, send it, print the answer."""
        return self._printed("GET", path, show, "$CRON_SECRET")

    def _printed(self, method: str, path: str, show: tuple[str, ...], secret: str) -> Answer:
        terminal.command(self.line(method, path, secret=secret))
        answer = self.send(method, path, secret=secret)
        terminal.result(f"{answer}\n{terminal.members(answer.body, *show)}".rstrip())
        return answer

    def send(self, method: str, path: str, *, secret: str = "$CRON_SECRET") -> Answer:
        """Send a request."""
        if shutil.which("curl", path=self._env.get("PATH")):
            return self._by_curl(self.line(method, path, secret=secret))
        return self.by_python(method, path, secret=secret)

    def _by_curl(self, line: str) -> Answer:
        # Exactly the printed line; the shell inserts the secret.
        done = subprocess.run(
            ["sh", "-c", line], env=self._env, capture_output=True, check=False, timeout=TIMEOUT
        )
        head, _, body = done.stdout.decode().partition("\r\n\r\n")
        if not head:
            return Answer(0, done.stderr.decode().strip(), {}, "")
        first, *rest = head.split("\r\n")
        _, status, *phrase = first.split(" ", 2)
        headers = dict(line.split(": ", 1) for line in rest)
        return Answer(int(status), "".join(phrase), headers, _parsed(body))

    def by_python(self, method: str, path: str, *, secret: str = "$CRON_SECRET") -> Answer:
        """Send a request without curl."""
        bearer = secret.replace("$CRON_SECRET", self._env["CRON_SECRET"])
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=TIMEOUT)
        try:
            connection.request(method, path, headers={"Authorization": f"Bearer {bearer}"})
            response = connection.getresponse()
            body = response.read().decode()
        except (OSError, http.client.HTTPException) as error:
            return Answer(0, str(error), {}, "")
        finally:
            connection.close()
        return Answer(response.status, response.reason, dict(response.getheaders()), _parsed(body))


def _parsed(body: str) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body

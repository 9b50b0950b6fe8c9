"""The server of a test process: started once, and before each test its data and its time are as new."""

from __future__ import annotations

import sqlite3
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.cookiejar import CookieJar
from pathlib import Path

from tools.seed import bank, clock, serving

NAME = "crm.example"
"""Another name of the server, for the browser. It is http and not this machine, so there is no clipboard."""


class Site:
    """The running server."""

    def __init__(self, url: str, folder: Path, filled: Path) -> None:
        self.url = url
        self.folder = folder
        self._filled = filled
        self._cookies: dict[str, list[dict[str, str]]] = {}

    def renew(self) -> None:
        """The data and the time as they were at the start."""
        (self.folder / bank.BACK).unlink(missing_ok=True)
        with (
            closing(sqlite3.connect(self._filled / serving.DATABASE)) as source,
            closing(sqlite3.connect(self.folder / serving.DATABASE, timeout=20)) as target,
        ):
            source.backup(target)
        clock.start(self.folder)

    def repair(self) -> None:
        """The service answers again that `reconcile_payments` asks."""
        (self.folder / bank.BACK).touch()

    def trigger(self, job: str) -> None:
        """Somebody calls; returns when the run has ended."""
        headers = {"Authorization": f"Bearer {serving.SECRET}", "Prefer": "wait=20"}
        caller = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        caller.addheaders = list(headers.items())
        with caller.open(f"{self.url}/api/jobs/{job}/run", b"", timeout=30) as answer:
            assert answer.status == 200

    def rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        """What stands in the database."""
        with closing(sqlite3.connect(self.folder / serving.DATABASE, timeout=20)) as connection:
            return connection.execute(query, values).fetchall()

    def wait_for(self, query: str, value: object, *, seconds: float = 30) -> None:
        """Until the database says so."""
        deadline = time.monotonic() + seconds
        while self.rows(query) != [(value,)]:
            assert time.monotonic() < deadline, f"{query}: {self.rows(query)}"
            time.sleep(0.05)

    def newest(self, job: str) -> int:
        """The run of the newest slot of a job."""
        query = "SELECT id FROM jobs_api_jobrun WHERE job_name = ? ORDER BY run_date DESC LIMIT 1"
        return int(str(self.rows(query, job)[0][0]))

    def ids(self) -> dict[str, int]:
        """Of what tests are about."""
        incident = (
            "SELECT id FROM jobs_api_incident WHERE closed_at IS NULL AND job_name = 'reconcile_payments'"
        )
        return {
            "failed": self.newest("reconcile_payments"),
            "running": self.newest("import_bank_statements"),
            "incident": int(str(self.rows(incident)[0][0])),
        }

    def cookies(self, user: str) -> list[dict[str, str]]:
        """Those of a browser in which this user has logged in."""
        if user not in self._cookies:
            self._cookies[user] = [
                {"name": cookie.name, "value": str(cookie.value), "url": self.url}
                for cookie in self._log_in(user)
            ]
        return self._cookies[user]

    def _log_in(self, user: str) -> CookieJar:
        jar, login = CookieJar(), f"{self.url}/admin/login/"
        browser = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(jar)
        )
        browser.open(login, timeout=30).read()
        token = next(cookie.value for cookie in jar if cookie.name == "csrftoken")
        form = {
            "username": user,
            "password": serving.PASSWORD,
            "csrfmiddlewaretoken": token,
            "next": "/api/health/live",
        }
        browser.addheaders = [("Referer", login)]
        browser.open(login, urllib.parse.urlencode(form).encode(), timeout=30).read()
        assert any(cookie.name == "sessionid" for cookie in jar), f"{user} could not log in"
        return jar


@contextmanager
def running(filled: Path, folder: Path) -> Iterator[Site]:
    """Serve a copy of what was filled, in this context."""
    serving.copy(filled, folder)
    with serving.server(folder, serving.Options(step=0.15)) as url:
        yield Site(url, folder, filled)

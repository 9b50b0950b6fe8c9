"""Asking the served app, and looking at all that it has done."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import urllib3
from django.apps import apps
from django.contrib.sessions.models import Session

from .mails import outbox


class App:
    """A server's address, the folder that it writes to, and the secret to send."""

    def __init__(self, url: str, folder: Path, secret: str) -> None:
        self.url, self.folder, self.secret = url, folder, secret

    def send(self, method: str, path: str, body: Any = None) -> urllib3.BaseHTTPResponse:
        """One request; redirects are not followed, and nothing is tried twice."""
        # An idle connection would hold up the server's end.
        headers = {"Authorization": f"Bearer {self.secret}", "Connection": "close"}
        return urllib3.request(
            method, self.url + path, json=body, headers=headers, redirect=False, retries=False, timeout=60
        )

    def run(self, job: str, run_date: datetime | None = None, **asked: Any) -> dict[str, Any]:
        """Trigger a job; what was answered, with the status."""
        slot = {} if run_date is None else {"run_date": run_date.isoformat()}
        answer = self.send("POST", f"/api/jobs/{job}/run", slot | asked)
        return {"status": answer.status, **answer.json()}

    def start(self, job: str, run_date: datetime | None = None) -> dict[str, Any]:
        """The run that this trigger has made a success of."""
        # By force, for the sample is of a day that is too long ago for some jobs.
        answer = self.run(job, run_date, force=run_date is not None)
        assert (answer["status"], answer["outcome"]) == (200, "succeeded"), self.told(answer)
        return {**answer["run"], "run_date": answer["run_date"]}

    def once(self, job: str, run_date: datetime | None = None) -> list[str]:
        """Run a slot, trigger it again, and rerun it: only the first does anything. What that one wrote."""
        run = self.start(job, run_date)
        done, wrote = self.effects(), self.output(run)
        again = self.run(job, datetime.fromisoformat(run["run_date"]))
        assert (again["status"], again["outcome"]) == (200, "already_succeeded")
        rerun = self.send("POST", f"{run['url']}/rerun", {"reason": "nothing may change"})
        assert (rerun.status, rerun.json()["outcome"]) == (200, "succeeded"), self.output(run)
        now = self.effects()
        assert [name for name in done.keys() | now.keys() if done.get(name) != now.get(name)] == []
        return wrote

    def output(self, run: dict[str, Any]) -> list[str]:
        """The lines that the newest attempt of a run has written."""
        return self.send("GET", f"{run['url']}/output").data.decode().splitlines()

    def told(self, answer: dict[str, Any]) -> str:
        """An answer with the output of its run, for whoever reads why a test has failed."""
        return "\n".join([str(answer), *(self.output(answer["run"]) if answer.get("run") else ())])

    def mails(self) -> list[Any]:
        """All mails that went out, in no order."""
        return outbox(self.folder / "mail")

    def log(self, name: str) -> list[str]:
        """The lines of a log file."""
        return (self.folder / "log" / name).read_text().splitlines()

    def effects(self) -> dict[str, Any]:
        """All that jobs can change: each row of the app, each session, each file that the server wrote."""
        models = [*apps.get_app_config("crm").get_models(), Session]
        rows = {model._meta.label: list(model.objects.order_by("pk").values()) for model in models}
        files = {str(path): path.read_bytes() for path in self.folder.glob("*/**/*") if path.is_file()}
        # Without those in which mails might have been.
        return rows | {path: content for path, content in files.items() if content}

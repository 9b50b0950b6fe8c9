"""Cronitor.

Telemetry API (cronitor.io/docs/telemetry-api) for check-ins, Monitor API (cronitor.io/docs/monitor-api) for
schedule, zone and grace.
"""

from __future__ import annotations

import json
import math
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from jobs_api.check_ins.asking import address, ask, nonsense
from jobs_api.check_ins.monitor import CheckIn, Monitor
from jobs_api.check_ins.telling import told
from jobs_api.registry.job import Job
from jobs_api.runs.state_machine import HOST

PING_URL, API_URL = "https://cronitor.link", "https://cronitor.io"
MESSAGE_BYTES = 1_500
"""Cronitor takes 2,000 characters, and a URL must not become too long."""
PINGED = {404: "it knows no such API_KEY", 429: "too many events"}
MANAGED = {400: "it did not accept the monitor", 401: "it does not know this key", 403: "this key may not"}


class Cronitor(Monitor):
    """A monitor of the type "job" for each job, by its key: the job's name."""

    options = {
        "API_KEY": str, "URL": str, "SDK_KEY": str, "API_URL": str, "ENVIRONMENT": str, "OUTPUT": bool,
    }  # fmt: skip
    required = ("API_KEY",)
    addresses = ("URL", "API_URL")

    def key(self, job: str) -> str:
        """The job's name."""
        return job

    def begin(self, check_in: CheckIn, options: Mapping[str, Any], *, seconds: float) -> None:
        """state=run."""
        self._send(check_in, options, {"state": "run"}, seconds=seconds)

    def end(self, check_in: CheckIn, options: Mapping[str, Any], *, seconds: float) -> None:
        """state=complete, or state=fail with a message."""
        about = {"state": "complete", "metric": f"duration:{check_in.seconds:.3f}"}
        if not check_in.succeeded:
            text = told(check_in, MESSAGE_BYTES, with_output=options.get("OUTPUT", True))
            about |= {"state": "fail", "message": text}
        self._send(check_in, options, about, seconds=seconds)

    def _send(
        self, check_in: CheckIn, options: Mapping[str, Any], about: Mapping[str, str], *, seconds: float
    ) -> None:
        query = {**about, "series": str(check_in.id), "host": HOST}
        if options.get("ENVIRONMENT"):
            query["env"] = options["ENVIRONMENT"]
        path = ("p", options["API_KEY"], self.key(check_in.job.name))
        url = address(options.get("URL") or PING_URL, *path, query=query)
        if ask(url, method="GET", seconds=seconds, means=PINGED).lstrip().startswith("<"):
            raise nonsense("as Cronitor does")

    def define(self, job: Job, options: Mapping[str, Any], *, at: datetime, seconds: float) -> str:
        """Schedule, zone, grace, and the time that a run may take; what else is set there stays."""
        grace, minutes = math.ceil(job.grace_at(at).total_seconds()), max(math.ceil(job.timeout / 60), 1)
        declared: dict[str, Any] = {
            "key": self.key(job.name), "type": "job", "grace_seconds": grace,
            "assertions": [f"metric.duration < {minutes} minutes"],
        }  # fmt: skip
        if job.schedule is not None:
            declared |= {"schedule": job.slots.expression, "timezone": job.slots.timezone}
        key = options.get("SDK_KEY") or options["API_KEY"]
        headers = {
            "Authorization": f"Basic {b64encode(f'{key}:'.encode()).decode()}",
            "Content-Type": "application/json",
        }
        url = address(options.get("API_URL") or API_URL, "api", "monitors")
        body = json.dumps({"monitors": [declared]}).encode()
        ask(url, method="PUT", body=body, headers=headers, seconds=seconds, means=MANAGED)
        when = f"{job.slots.expression} in {job.slots.timezone}, " if job.schedule else ""
        return f"set: {when}grace {grace} s, at most {minutes} min"


monitor = Cronitor()

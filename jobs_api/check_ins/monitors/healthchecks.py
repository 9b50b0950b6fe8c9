"""Healthchecks, of healthchecks.io or self-hosted.

Pinging API (healthchecks.io/docs/http_api) for check-ins, Management API v3 (healthchecks.io/docs/api) for
what a ping cannot set: schedule, zone and grace.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from jobs_api.check_ins import naming
from jobs_api.check_ins.asking import address, ask, nonsense
from jobs_api.check_ins.monitor import CheckIn, Monitor, MonitorError
from jobs_api.check_ins.telling import told
from jobs_api.registry.job import Job

PING_URL, API_URL = "https://hc-ping.com", "https://healthchecks.io"
BODY_BYTES = 10_000
"""What each installation keeps of a body; healthchecks.io keeps 100 kB."""
SHORTEST, LONGEST = 60, 31_536_000
"""Seconds that a grace may have."""
PINGED = {
    400: "the slug or the rid is not valid",
    404: "it knows no such check, or not this PING_KEY",
    409: "several checks have this slug",
    429: "too many pings",
}
MANAGED = {400: "it did not accept the check", 401: "it does not know this API_KEY, or it is read-only",
           403: "the account has no room for another check"}  # fmt: skip


class Healthchecks(Monitor):
    """A check for each job, by its slug."""

    options = {"PING_KEY": str, "URL": str, "API_KEY": str, "API_URL": str, "CREATE": bool, "OUTPUT": bool}
    required = ("PING_KEY",)
    addresses = ("URL", "API_URL")

    def key(self, job: str) -> str:
        """Slugs are in lower case."""
        return naming.slug(job, 100)

    def begin(self, check_in: CheckIn, options: Mapping[str, Any], *, seconds: float) -> None:
        """A "start" signal."""
        self._ping(check_in, options, "start", seconds=seconds)

    def end(self, check_in: CheckIn, options: Mapping[str, Any], *, seconds: float) -> None:
        """A "success" signal, or a "fail" one with the last part of the output."""
        if check_in.succeeded:
            self._ping(check_in, options, seconds=seconds)
            return
        body = told(check_in, BODY_BYTES, with_output=options.get("OUTPUT", True))
        self._ping(check_in, options, "fail", body=body.encode(), seconds=seconds)

    def _ping(
        self, check_in: CheckIn, options: Mapping[str, Any], *signal: str, seconds: float, body: bytes = b""
    ) -> None:
        query = {"rid": str(check_in.id)} | ({"create": "1"} if options.get("CREATE", True) else {})
        path = (options["PING_KEY"], self.key(check_in.job.name), *signal)
        url = address(options.get("URL") or PING_URL, *path, query=query)
        kind = {"Content-Type": "text/plain; charset=utf-8"}
        if ask(url, body=body, headers=kind, seconds=seconds, means=PINGED).strip() not in ("OK", "Created"):
            raise nonsense("as Healthchecks does")

    def define(self, job: Job, options: Mapping[str, Any], *, at: datetime, seconds: float) -> str:
        """A new check hears of all integrations; of one that is there, those stay as they are."""
        if job.schedule is None:
            raise MonitorError("the job has no schedule, and a check needs one: set its period by hand")
        grace = self.grace(job, at)
        check = {
            "name": job.name,
            "desc": job.help_text[:500],
            "tags": " ".join("-".join(tag.split()) for tag in job.tags),  # separated by spaces
            "schedule": job.slots.expression,
            "tz": job.slots.timezone,
            "grace": grace,
        }
        made = self.put(check, self.key(job.name), options, seconds=seconds)
        zone = f"{job.slots.expression} in {job.slots.timezone}"
        return f"{'created' if made['new'] else 'updated'}: {zone}, grace {grace} s"

    def put(
        self, check: Mapping[str, Any], slug: str, options: Mapping[str, Any], *, seconds: float
    ) -> dict[str, Any]:
        """Create a check, or change it; returns it as Healthchecks shows it, with `new`.

        Raises:
            MonitorError: there is no API_KEY, or it refused.
        """
        if not options.get("API_KEY"):
            raise MonitorError("CHECK_INS['HEALTHCHECKS'] has no API_KEY, which may manage checks")
        new = not self._call(options, seconds, method="GET", query={"slug": slug}).get("checks")
        body = {**check, "slug": slug, "unique": ["slug"], **({"channels": "*"} if new else {})}
        return {**self._call(options, seconds, method="POST", body=json.dumps(body).encode()), "new": new}

    def _call(
        self,
        options: Mapping[str, Any],
        seconds: float,
        *,
        method: str,
        body: bytes = b"",
        query: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        url = address(options.get("API_URL") or API_URL, "api", "v3", "checks", "", query=query)
        headers = {"X-Api-Key": options["API_KEY"], "Content-Type": "application/json"}
        text = ask(url, method=method, body=body, headers=headers, seconds=seconds, means=MANAGED)
        try:
            answer = json.loads(text)
        except ValueError:
            raise nonsense("with JSON") from None
        if not isinstance(answer, dict):
            raise nonsense("with a check")
        return answer

    def grace(self, job: Job, at: datetime) -> int:
        """Seconds until Healthchecks reports a missing end: it counts them from the slot, and from a start.

        So it has to cover the lateness that the job may have, and all the time that it may take.
        """
        return min(max(math.ceil(job.grace_at(at).total_seconds() + job.timeout), SHORTEST), LONGEST)


monitor = Healthchecks()

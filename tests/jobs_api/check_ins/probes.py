"""What a vendor has heard, in the same words for each of them."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar, NamedTuple

from jobs_api.check_ins import monitors
from jobs_api.check_ins.monitor import Monitor
from tests.jobs_api.check_ins.standins import API_KEY, PING_KEY
from tests.toys import sentry


class Heard(NamedTuple):
    """A check-in as it arrived."""

    key: str
    what: str
    """ "start", "success" or "fail"."""
    id: uuid.UUID
    text: str


class Probe:
    """One vendor."""

    name: ClassVar[str]
    options: dict[str, Any]
    server: Any = None

    @property
    def monitor(self) -> Monitor:
        found = monitors.load(self.name)
        assert found is not None
        return found

    @property
    def setting(self) -> dict[str, Any]:
        """Its entry in JOBS_API["CHECK_INS"]."""
        return {self.name.upper(): self.options}

    def heard(self) -> list[Heard]:
        raise NotImplementedError

    def told(self) -> list[str]:
        """What, in order."""
        return [each.what for each in self.heard()]


class Healthchecks(Probe):
    name = "healthchecks"

    def __init__(self, server: Any) -> None:
        self.server = server
        self.options = {"PING_KEY": PING_KEY, "URL": server.url, "API_KEY": API_KEY, "API_URL": server.url}

    def heard(self) -> list[Heard]:
        return [Heard(slug, what, uuid.UUID(rid), body) for slug, what, rid, body in self.server.pings]


class Cronitor(Probe):
    name = "cronitor"
    WHAT: ClassVar = {"run": "start", "complete": "success", "fail": "fail"}

    def __init__(self, server: Any) -> None:
        self.server = server
        self.options = {"API_KEY": API_KEY, "URL": server.url, "API_URL": server.url}

    def heard(self) -> list[Heard]:
        return [
            Heard(key, self.WHAT[query["state"]], uuid.UUID(query["series"]), query.get("message", ""))
            for key, query in self.server.events
        ]


class Sentry(Probe):
    name = "sentry"
    WHAT: ClassVar = {"in_progress": "start", "ok": "success", "error": "fail"}

    def __init__(self, path: str) -> None:
        self.path = path
        self.options = {}

    def heard(self) -> list[Heard]:
        return [
            Heard(each["monitor_slug"], self.WHAT[each["status"]], uuid.UUID(each["check_in_id"]), "")
            for each in self.payloads()
        ]

    def payloads(self) -> list[dict[str, Any]]:
        """What the envelopes hold."""
        return sentry.check_ins(self.path)

"""What operators do, by each entrance, and what the audit says of it.

A module `of_ENTRANCE.py` beside this one has `ROWS`, and `WHO`: the actor, origin and address of all of them.
`test_actions.py` finds each such module.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from jobs_api import Job
from jobs_api.models import AuditEntry, JobRun, State, TriggerSource
from jobs_api.monitoring.source_jobs import JobCalls
from tests.conftest import stored_run
from tests.jobs_api.management.calling import now_slot

YEARLY = {"schedule": "0 0 1 1 *", "timezone": "America/New_York"}
"""Its newest slot stays the same while a test runs."""
SLOT = now_slot(Job("any", command="toy", **YEARLY)).astimezone(ZoneInfo(YEARLY["timezone"]))
INTERVAL = (SLOT.isoformat(), (SLOT + timedelta(days=1)).isoformat())
"""It holds that slot."""
WHY = "the file was wrong"
LATER = "2099-01-01T00:00:00+00:00"


@dataclasses.dataclass(frozen=True)
class Said:
    """What an entry says beside who did it."""

    action: str
    result: str
    job: str = "nightly"
    run: str = ""
    """The name of a run in the scene; empty: it says none."""
    subject: str = ""
    reason: str = WHY
    details: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Row:
    """One thing that an operator does."""

    by: str
    """The endpoint, the command, or the action of the admin."""
    what: str
    act: Callable[[Scene], Any]
    said: tuple[Said, ...]

    def __str__(self) -> str:
        return f"{self.by}: {self.what}"


class Scene:
    """A host with a run in each state that matters; `api` and `manage` are its entrances."""

    def __init__(self, declare: Callable[..., Any], request: Callable[..., Any]) -> None:
        self.request = request
        names = ("nightly", "report", "late", "busy")
        self.jobs = {name: declare(name, **YEARLY) for name in names}
        nightly, self.runs = self.jobs["nightly"], dict[str, JobRun]()
        slot = now_slot(nightly)
        year = slot - timedelta(days=370)
        self.runs["ended"] = stored_run(nightly, slot, state=State.SUCCEEDED)
        self.runs["queued"] = stored_run(self.jobs["late"], slot, state=State.QUEUED)
        self.runs["running"] = stored_run(
            self.jobs["busy"], slot, state=State.RUNNING, lease_expires_at=timezone.now() + timedelta(hours=1)
        )
        self.runs["old"] = stored_run(nightly, year.replace(year=2001), state=State.FAILED)
        now = timezone.now()
        calls = {"nightly": JobCalls(first=now.timestamp(), last=now.timestamp(), calls=1).stored()}
        TriggerSource.objects.create(source="curl", actor="ci", first_at=now, last_at=now, jobs=calls)

    def look_again(self) -> None:
        """Find the run that a trigger has made."""
        made = JobRun.objects.filter(job_name="report").first()
        if made is not None:
            self.runs["new"] = made

    def pk(self, name: str) -> int:
        """The id of a run."""
        return self.runs[name].pk


def fields(said: Said, scene: Scene) -> dict[str, Any]:
    """The columns of an entry that says this."""
    run = scene.runs.get(said.run)
    return {
        "action": said.action,
        "result": said.result,
        "job_name": said.job,
        "run": run and run.pk,
        "run_date": run and run.run_date,
        "subject": said.subject,
        "reason": said.reason,
    }


def entries() -> list[AuditEntry]:
    """All entries, oldest first."""
    return list(AuditEntry.objects.order_by("pk"))

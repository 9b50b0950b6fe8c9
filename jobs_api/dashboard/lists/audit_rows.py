"""An entry of the audit as a line of a list."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from jobs_api import registry
from jobs_api.dashboard import sentences
from jobs_api.models import AuditEntry
from jobs_api.text import one_line

ACTIONS: Mapping[str, Promise] = {
    "trigger": pgettext_lazy("audit", "Triggered"),
    "rerun": pgettext_lazy("audit", "Ran again"),
    "cancel": pgettext_lazy("audit", "Cancelled"),
    "backfill": pgettext_lazy("audit", "Backfilled"),
    "pause": pgettext_lazy("audit", "Paused"),
    "resume": pgettext_lazy("audit", "Resumed"),
    "token_create": pgettext_lazy("audit", "Created a token"),
    "token_revoke": pgettext_lazy("audit", "Revoked a token"),
    "source_forget": pgettext_lazy("audit", "Forgot a source"),
    "prune": pgettext_lazy("audit", "Deleted what is old"),
    "acknowledge": pgettext_lazy("audit", "Acknowledged"),
    "mute": pgettext_lazy("audit", "Muted"),
    "unmute": pgettext_lazy("audit", "Ended a mute"),
}
ORIGINS: Mapping[str, Promise] = {
    "api": pgettext_lazy("origin", "API"),
    "command": pgettext_lazy("origin", "command line"),
    "admin": pgettext_lazy("origin", "admin"),
    "dashboard": pgettext_lazy("origin", "dashboard"),
    "python": pgettext_lazy("origin", "Python"),
}
LONGEST = 500
DETAILS = 20
"""So many details a line shows."""


@dataclasses.dataclass(frozen=True, slots=True)
class AuditRow:
    """One line."""

    pk: int
    at: datetime
    action: str
    word: str | Promise
    actor: str
    """As it is stored: a filter needs it so; so is the job."""
    job: str
    declared: bool
    zone: ZoneInfo | None
    run: int | None
    slot: datetime | None
    subject: str
    incident: int | None
    result: str
    reason: str
    origin: str | Promise
    address: str
    details: list[tuple[str, str]]


def row(entry: AuditEntry) -> AuditRow:
    """The line of an entry; no statement."""
    job = registry.find(entry.job_name) if entry.job_name else None
    details = entry.details if isinstance(entry.details, dict) else {}
    incident = details.get("incident")
    return AuditRow(
        pk=entry.pk,
        at=entry.at,
        action=entry.action,
        word=ACTIONS.get(entry.action, one_line(entry.action)),
        actor=entry.actor,
        job=entry.job_name,
        declared=job is not None,
        zone=None if job is None else job.slots.zone,
        run=entry.run,
        slot=entry.run_date,
        subject=one_line(entry.subject),
        incident=incident if isinstance(incident, int) and incident > 0 else None,
        result=sentences.result(entry.result) or one_line(entry.result),
        reason=one_line(entry.reason)[:LONGEST],
        origin=ORIGINS.get(entry.origin, one_line(entry.origin)),
        address=one_line(entry.address),
        details=list(_details(details))[:DETAILS],
    )


def _details(details: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in details.items():
        if value not in (None, "", [], {}):
            text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            yield one_line(str(name).replace("_", " ")), one_line(text)[:LONGEST]

"""Who did what to a job: entries of the audit in sentences."""

from __future__ import annotations

import dataclasses
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jobs_api.dashboard import sentences, times
from jobs_api.dashboard.viewer import Viewer
from jobs_api.models import AuditEntry
from jobs_api.text import one_line

SENTENCES: dict[str, str | Promise] = {
    "trigger": gettext_lazy("started slot %(slot)s"),
    "rerun": gettext_lazy("reran slot %(slot)s"),
    "cancel": gettext_lazy("cancelled slot %(slot)s"),
    "backfill": gettext_lazy("queued past slots"),
    "pause": gettext_lazy("paused it"),
    "resume": gettext_lazy("resumed it"),
    "acknowledge": gettext_lazy("acknowledged an alert"),
    "mute": gettext_lazy("muted its alerts"),
    "unmute": gettext_lazy("let its alerts through again"),
    "prune": gettext_lazy("deleted old runs"),
}


@dataclasses.dataclass(frozen=True, slots=True)
class Deed:
    """One entry."""

    pk: int
    at: datetime
    actor: str
    sentence: str
    reason: str
    result: str
    run: int | None


def deed(entry: AuditEntry, viewer: Viewer) -> Deed:
    """In words."""
    slot = "" if entry.run_date is None else times.short(entry.run_date, viewer.at, viewer.zone)
    sentence = str(SENTENCES.get(entry.action, entry.action))
    until = _instant(entry.details.get("until")) if isinstance(entry.details, dict) else None
    if entry.action == "pause" and until is not None:
        sentence = _("paused it until %(until)s") % {"until": times.short(until, viewer.at, viewer.zone)}
    return Deed(
        entry.pk,
        entry.at,
        one_line(entry.actor) or _("Python code"),
        sentence % {"slot": slot} if "%(slot)s" in sentence else sentence,
        one_line(entry.reason),
        sentences.result(entry.result) or one_line(entry.result),
        entry.run,
    )


def _instant(written: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(written))
    except ValueError:
        return None
    return found if found.tzinfo else None

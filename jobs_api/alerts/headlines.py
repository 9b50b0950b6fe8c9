"""The events of an incident in a few words: subjects, and what is said first."""

from __future__ import annotations

from datetime import datetime

from jobs_api.alerts import links
from jobs_api.alerts.excerpts import bounded
from jobs_api.alerts.kinds import KINDS, Kind
from jobs_api.models import Incident
from jobs_api.text import one_line
from jobs_api.text.spans import between

LONGEST = 120
"""Letters of a subject: what the list of a mail program shows."""
UNKNOWN = Kind("unknown", "error", "has a problem", "has no problem any more")
"""A kind that only another version of jobs_api knows."""


def kind_of(incident: Incident) -> Kind:
    """Its kind."""
    return KINDS.get(incident.kind, UNKNOWN)


def severity(incident: Incident, event: str) -> str:
    """The severity of a message."""
    return "ok" if event == "recovered" else kind_of(incident).severity


def headline(incident: Incident, event: str, at: datetime) -> str:
    """What is so: "report_daily failed again"."""
    kind, name = kind_of(incident), one_line(incident.subject)
    if event == "again":
        return f"{name} {kind.title} again"
    if event == "reminder":
        return f"{name} {kind.title}, for {between(incident.since, at)} now"
    if event != "recovered":
        return f"{name} {kind.title}"
    lasted = between(incident.since, incident.closed_at or at)
    if incident.facts.get("recovered", True):
        return f"{name} {kind.over}, after {lasted}"
    return f"{name}: no longer counts as {kind.name.replace('_', ' ')}, after {lasted}"


def subject(words: str, error: str = "") -> str:
    """One line: the site, what is so, and the error as far as there is room for it."""
    site = links.site()
    first = f"[{site}] {one_line(words)}" if site else one_line(words)
    return bounded(f"{first}: {one_line(error)}" if error else first, LONGEST)

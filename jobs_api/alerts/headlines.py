"""The events of an incident in a few words: subjects, and what is said first."""

from __future__ import annotations

from datetime import datetime

from jobs_api.alerts import links
from jobs_api.alerts.excerpts import bounded
from jobs_api.alerts.kinds import KINDS, Kind
from jobs_api.models import Incident
from jobs_api.outgoing import without_secrets
from jobs_api.text import one_line
from jobs_api.text.spans import between

LONGEST = 120
"""Letters of a subject: what the list of a mail program shows."""
NAME = 60
"""Letters of a name in it: sources may have longer ones."""
LABELS = {"source_silent": "Silent", "token_expiring": "Expires soon"}
"""The state, where it is not the kind's name."""
UNKNOWN = Kind("trouble", "error", "has a problem", "has no problem any more")
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


def subject(incident: Incident, event: str, at: datetime, error: str) -> str:
    """State, name, site and error: "Failed: nightly (shop.example.com): ValueError: no such file"."""
    name = bounded(one_line(incident.subject), NAME)
    return site_line(f"{_state(incident, event, at)}: {name}", error or _more(incident, event, at))


def site_line(first: str, rest: str = "") -> str:
    """One line that names the site, with the rest as far as there is room for it."""
    site = links.site()
    begin = f"{first} ({site})" if site else first
    return bounded(one_line(f"{begin}: {rest}" if rest else begin), LONGEST)


def _state(incident: Incident, event: str, at: datetime) -> str:
    label = LABELS.get(incident.kind, kind_of(incident).name.capitalize())
    if event != "recovered" and incident.closed_at is not None:  # the channel took nothing until then
        return f"{label}, over by now"
    if event == "recovered":
        return "Recovered" if incident.facts.get("recovered", True) else "Over"
    if event == "reminder":
        return f"Still {label[0].lower()}{label[1:]} ({between(incident.since, at)})"
    return f"{label} again" if event == "again" else label


def state_of(incident: Incident, *, over: bool) -> str:
    """Its state in a word or two: "Failed", "Recovered".

    Args:
        over: whether a message tells that it is over.
    """
    if over:
        return "Recovered" if incident.facts.get("recovered", True) else "Over"
    return LABELS.get(incident.kind, kind_of(incident).name.replace("_", " ").capitalize())


def _more(incident: Incident, event: str, at: datetime) -> str:
    if event != "recovered":
        return without_secrets(incident.detail)
    if incident.facts.get("recovered", True):
        more = _remainder(incident)
        return f"{kind_of(incident).over}, after {between(incident.since, incident.closed_at or at)}{more}"
    return without_secrets(incident.over)


def _remainder(incident: Incident) -> str:
    """What who hears of the end should not take for done: a slot left behind, or the next end of many."""
    parts = ["it flaps" if incident.facts.get("flaps") else "", incident.facts.get("left")]
    return "".join(f"; {part}" for part in parts if part)

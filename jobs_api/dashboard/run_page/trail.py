"""What people did about a run, and what alerts said of it: the newest first."""

from __future__ import annotations

import dataclasses
from datetime import datetime

from django.utils.translation import gettext as _

from jobs_api.dashboard import sentences
from jobs_api.dashboard.run_page import words
from jobs_api.dashboard.run_page.reading import Reading
from jobs_api.models import AuditEntry, Incident
from jobs_api.text import one_line, visible


@dataclasses.dataclass(frozen=True, slots=True)
class Item:
    """An order, or an incident."""

    at: datetime
    title: str
    text: str
    state: str = ""
    """Of an incident: as in `states`."""
    incident: int | None = None


def trail(reading: Reading) -> list[Item]:
    """Of a run."""
    items = [*map(_order, reading.entries), *(_incident(each, reading.at) for each in reading.incidents)]
    return sorted(items, key=lambda item: item.at, reverse=True)


def _order(entry: AuditEntry) -> Item:
    action = str(words.ACTIONS.get(entry.action, entry.action))
    names = {"action": action, "actor": one_line(entry.actor)}
    title = _("%(action)s by %(actor)s") % names if entry.actor else action
    told = [sentences.result(entry.result) or entry.result, *([entry.reason] if entry.reason else [])]
    return Item(entry.at, title, visible(": ".join(told)))


def _incident(incident: Incident, at: datetime) -> Item:
    kind = str(words.INCIDENTS.get(incident.kind, incident.kind))
    return Item(incident.opened_at, kind, visible(incident.detail), _state(incident, at), incident.pk)


def _state(incident: Incident, at: datetime) -> str:
    if incident.closed_at is not None:
        return "over"
    until = incident.acknowledged_until
    quiet = incident.acknowledged_at is not None and (until is None or until > at)
    return "acknowledged" if quiet else "open"

"""Which incidents nobody is to be told of: those that are muted, and those that somebody has acknowledged."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from fnmatch import fnmatchcase

from django.db.models import QuerySet

from jobs_api.database import alias
from jobs_api.models import AlertMute, Incident


def mutes(at: datetime) -> QuerySet[AlertMute]:
    """Those in force, the first to end first."""
    rows = AlertMute.objects.using(alias()).filter(ended_at=None, started_at__lte=at, until__gt=at)
    return rows.order_by("until", "pk")


def is_muted(incident: Incident, among: Iterable[AlertMute]) -> bool:
    """Whether one of these mutes is about it: by its subject or its job, and its kind."""
    names = {incident.subject, incident.job_name or incident.subject}
    return any(
        mute.kind in ("", incident.kind) and any(fnmatchcase(name, mute.subject) for name in names)
        for mute in among
    )


def is_acknowledged(incident: Incident, at: datetime) -> bool:
    """Whether somebody has taken it on: until an end, or until it is over."""
    until = incident.acknowledged_until
    return incident.acknowledged_at is not None and (until is None or at < until)


def state(incident: Incident, among: Iterable[AlertMute], at: datetime) -> str:
    """ "open", "acknowledged", "muted" or "over"."""
    if incident.closed_at is not None:
        return "over"
    if is_acknowledged(incident, at):
        return "acknowledged"
    return "muted" if is_muted(incident, among) else "open"

"""Incidents, messages and mutes for whoever shows them: few statements, which write nothing.

Pages go on where the last one ended, by a key and not by a number of rows: what is new does not move them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db.models import Count, Max, Q, QuerySet

from jobs_api.database import alias
from jobs_api.models import AlertMessage, AlertMute, Incident

PAGE = 100
Key = tuple[datetime, int]
"""Where a page of incidents ended: when the last one was opened, and its id."""


class Incidents(NamedTuple):
    """A page of incidents, the newest first."""

    rows: Sequence[Incident]
    next: Key | None
    """For the next page; None: there is none."""


class Told(NamedTuple):
    """What a channel was told of one incident."""

    channel: str
    sent_at: datetime | None
    """When it last took a message; None: it has taken none."""
    waiting: int
    """How many messages wait for it."""


def incidents(
    *,
    open: bool | None = None,
    job: str | None = None,
    kind: str | None = None,
    limit: int = PAGE,
    after: Key | None = None,
) -> Incidents:
    """Incidents, the newest first: one statement.

    Args:
        open: only those that are open, or only those that are over.
        after: the `next` of the page before.
    """
    found = _rows().order_by("-opened_at", "-pk")
    if open is not None:
        found = found.filter(closed_at__isnull=open)
    if job is not None:
        found = found.filter(job_name=job)
    if kind is not None:
        found = found.filter(kind=kind)
    if after is not None:
        at, pk = after
        found = found.filter(Q(opened_at__lt=at) | Q(opened_at=at, pk__lt=pk), opened_at__lte=at)
    rows = list(found[: limit + 1])
    more = len(rows) > limit
    return Incidents(rows[:limit], (rows[limit - 1].opened_at, rows[limit - 1].pk) if more else None)


def find(pk: int) -> Incident | None:
    """The incident with this id: one statement."""
    return _rows().filter(pk=pk).first()


def messages_about(incident: Incident) -> list[AlertMessage]:
    """Which channel was told what of it, when, and what went wrong: one statement, the oldest first."""
    return list(_messages().filter(incident=incident.pk).order_by("pk"))


def state_of(message: AlertMessage) -> str:
    """ "sent", "waits" or "given up"."""
    if message.sent_at is not None:
        return "sent"
    return "given up" if message.next_try_at is None else "waits"


def told(pks: Iterable[int]) -> dict[int, list[Told]]:
    """Which channels were told of these incidents: one statement; none for no incidents."""
    wanted, found = list(pks), defaultdict[int, list[Told]](list)
    if not wanted:
        return {}
    rows = (
        _messages().filter(incident__in=wanted).values("incident", "channel").order_by("incident", "channel")
    )
    waits = Count("pk", filter=Q(next_try_at__isnull=False))
    for row in rows.annotate(sent=Max("sent_at"), waits=waits):
        found[row["incident"]].append(Told(row["channel"], row["sent"], row["waits"]))
    return found


def over_mutes(at: datetime, limit: int = 20) -> list[AlertMute]:
    """What was muted, and is not any more, the newest first: one statement."""
    rows = AlertMute.objects.using(alias()).filter(~Q(ended_at=None) | Q(until__lte=at))
    return list(rows.order_by("-pk")[:limit])


def messages_to(channel: str, *, limit: int = PAGE, before: int | None = None) -> list[AlertMessage]:
    """What a channel was told, each with its incident, the newest first: one statement.

    Args:
        before: the id of the last message of the page before.
    """
    found = _messages().filter(channel=channel).select_related("incident").order_by("-pk")
    return list((found if before is None else found.filter(pk__lt=before))[:limit])


def _rows() -> QuerySet[Incident]:
    return Incident.objects.using(alias())


def _messages() -> QuerySet[AlertMessage]:
    return AlertMessage.objects.using(alias())

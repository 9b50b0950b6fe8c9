"""An incident as a line of a list."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from zoneinfo import ZoneInfo

from django.utils.functional import Promise

from jobs_api import registry
from jobs_api.alerts import muting
from jobs_api.alerts.readers import Told
from jobs_api.dashboard import alert_words
from jobs_api.models import AlertMute, Incident
from jobs_api.text import one_line

LONGEST = 300


@dataclasses.dataclass(frozen=True, slots=True)
class IncidentRow:
    """One line."""

    pk: int
    kind: str
    label: str | Promise
    look: str
    """A state of `dashboard.states`: its colour and icon."""
    state: str
    """ "open", "acknowledged", "muted" or "over"."""
    subject: str
    """As it is stored: a link or a form needs it so."""
    name: str
    """As it is shown."""
    job: str
    """The job that is declared now; "" otherwise."""
    zone: ZoneInfo | None
    run: int | None
    slot: datetime | None
    since: datetime
    until: datetime | None
    lasted: timedelta
    times: int
    detail: str
    over: str
    by: str
    """Who has acknowledged it."""
    by_until: datetime | None
    comment: str
    mute: AlertMute | None
    """The one that covers it."""
    told: Sequence[Told]

    @property
    def rev(self) -> str:
        """What changes when the line changes."""
        parts = (self.state, self.times, self.detail, self.by, self.by_until, self.told, self.mute)
        return blake2b(repr(parts).encode(), digest_size=6).hexdigest()

    @property
    def waiting(self) -> bool:
        """Whether a message about it waits."""
        return any(each.waiting for each in self.told)


def row(
    incident: Incident, mutes: Sequence[AlertMute], at: datetime, told: Mapping[int, Sequence[Told]]
) -> IncidentRow:
    """The line of an incident; no statement.

    Args:
        mutes: those in force.
        at: what time it is, by the database's clock.
        told: as `alerts.readers.told` has it.
    """
    job = registry.find(incident.job_name) if incident.job_name else None
    words, over = alert_words.words(incident.kind), incident.closed_at is not None
    acknowledged = incident.acknowledged_at is not None
    covering = [] if over else [each for each in mutes if muting.is_muted(incident, [each])]
    return IncidentRow(
        pk=incident.pk,
        kind=incident.kind,
        label=words.label,
        look=words.icon,
        state=muting.state(incident, mutes, at),
        subject=incident.subject,
        name=one_line(incident.subject),
        job="" if job is None else job.name,
        zone=None if job is None else job.slots.zone,
        run=incident.run,
        slot=incident.run_date,
        since=incident.since,
        until=incident.closed_at,
        lasted=max((incident.closed_at or at) - incident.since, timedelta(0)),
        times=incident.times,
        detail=one_line(incident.detail)[:LONGEST],
        over=one_line(incident.over)[:LONGEST],
        by=one_line(incident.acknowledged_by) if acknowledged else "",
        by_until=incident.acknowledged_until if acknowledged else None,
        comment=one_line(incident.comment)[:LONGEST] if acknowledged else "",
        mute=covering[0] if covering else None,
        told=told.get(incident.pk, ()),
    )

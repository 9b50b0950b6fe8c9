"""Open, continue and close incidents, and order the messages about them: one transaction.

Its first statement is the turn's: nobody else evaluates until the end, and one that was overtaken writes
nothing. The database's constraints keep an incident from being open twice, and a message from being ordered
twice, whatever another version does beside this one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet

from jobs_api.alerts.findings import Finding, Findings, Key
from jobs_api.alerts.ordering import Orders
from jobs_api.alerts.reading import Reading
from jobs_api.alerts.settled import Settled, settled
from jobs_api.database import alias
from jobs_api.models import Incident
from jobs_api.monitoring.turns import Turn

BATCH = 200
"""Rows in one statement."""


@dataclasses.dataclass(slots=True)
class Done:
    """What an evaluation has changed."""

    opened: list[Incident] = dataclasses.field(default_factory=list)
    closed: list[Incident] = dataclasses.field(default_factory=list)
    messages: int = 0
    """How many were ordered."""


def settle(turn: Turn, reading: Reading, found: Findings) -> Done:
    """Write what was found; nothing if another process has taken the turn meanwhile."""
    done, at = Done(), reading.at
    with transaction.atomic(alias()):
        if not turn.stands():
            return done
        known = {(each.kind, each.subject): each for each in reading.open}
        orders = Orders(at)
        fresh = [finding for key, finding in found.wrong.items() if key not in known]
        done.opened = _open(fresh, at)
        for key, finding in found.wrong.items():
            if key in known and _continue(known[key], finding):
                orders.again(known[key])
        _see([each for key, each in known.items() if key in found.wrong], at)
        over = [each for key, each in known.items() if key not in found.wrong and key not in found.held]
        for incident, end in _close(over, reading, found):
            done.closed.append(incident)
            orders.recovered(incident, end)
        orders.standing([*(each for each in reading.open if each.closed_at is None), *done.opened], reading)
        done.messages = orders.write()
    return done


def _open(fresh: Sequence[Finding], at: datetime) -> list[Incident]:
    """Those that nobody else has opened meanwhile."""
    if not fresh:
        return []
    rows = [_row(finding, at) for finding in fresh]
    _rows().bulk_create(rows, ignore_conflicts=True, batch_size=BATCH)
    wanted: set[Key] = {finding.key for finding in fresh}
    ours = _rows().filter(closed_at=None, opened_at=at).order_by("pk")
    return [each for each in ours if (each.kind, each.subject) in wanted]


def _row(finding: Finding, at: datetime) -> Incident:
    copied = {field.name: getattr(finding, field.name) for field in dataclasses.fields(finding)}
    return Incident(**{**copied, "facts": dict(finding.facts)}, opened_at=at, seen_at=at)


def _continue(incident: Incident, finding: Finding) -> bool:
    """Note what has changed about an open incident; whether it concerns a further slot."""
    slot, before = finding.run_date, incident.run_date
    further = slot is not None and before is not None and slot > before
    if not further and (incident.run, incident.detail) == (finding.run, finding.detail):
        return False
    facts = {**incident.facts, **finding.facts}
    changes = {"run": finding.run, "run_date": slot, "detail": finding.detail, "facts": facts}
    same = _rows().filter(pk=incident.pk, closed_at=None, times=incident.times)
    if not same.update(**changes, times=F("times") + int(further)):
        return False
    for name, value in changes.items():
        setattr(incident, name, value)
    incident.times += further
    return further


def _see(seen: Sequence[Incident], at: datetime) -> None:
    """Note that they are still so."""
    pks = [each.pk for each in seen]
    for start in range(0, len(pks), BATCH):
        _rows().filter(pk__in=pks[start : start + BATCH], closed_at=None).update(seen_at=at)


def _close(over: Sequence[Incident], reading: Reading, found: Findings) -> list[tuple[Incident, Settled]]:
    """Close them; returns those that nobody else has closed, and that nobody has seen to go on since."""
    ends, closed = settled(list(over), reading, found), list[tuple[Incident, Settled]]()
    for incident in over:
        end = ends[incident.pk]
        facts = {**incident.facts, "recovered": end.recovered, "left": end.left}
        same = _rows().filter(pk=incident.pk, closed_at=None, seen_at__lte=reading.at)
        if same.update(closed_at=reading.at, over=end.why, facts=facts):
            incident.closed_at, incident.over, incident.facts = reading.at, end.why, facts
            closed.append((incident, end))
    return closed


def _rows() -> QuerySet[Incident]:
    return Incident.objects.using(alias())

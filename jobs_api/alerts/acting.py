"""What people do about incidents: acknowledge one, and mute what is known. Both are audited."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet, Value
from django.db.models.functions import Greatest

from jobs_api import audit
from jobs_api.alerts import muting
from jobs_api.alerts.kinds import KINDS
from jobs_api.database import alias
from jobs_api.exceptions import BadInput, NotFound
from jobs_api.models import AlertMute, Incident
from jobs_api.monitoring import turns

LONGEST = timedelta(days=366)
"""A mute that nobody remembers hides a failure for ever."""
MUTING = "mute"
"""The turn of the orders to mute: one at a time."""
UNTIL_OVER = "until it is over"


def acknowledge(
    number: int, *, actor: str, comment: str = "", until: datetime | None = None, at: datetime
) -> Incident:
    """Take an incident on: no reminders, and no further failures, are told until then. Its end is.

    Args:
        number: its id.
        until: None is until it is over. A second acknowledgement takes the place of the first.
        at: what time it is, by the database's clock.

    Raises:
        NotFound: there is no such incident.
        BadInput: it is over, or `until` is not in the future.
    """
    if until is not None and until <= at:
        raise BadInput("`until` must be in the future.")
    taken = {"acknowledged_at": at, "acknowledged_by": actor[:100], "acknowledged_until": until}
    with transaction.atomic(alias()):
        done = _incidents(number).filter(closed_at=None).update(**taken, comment=comment)
        found = _incidents(number).first()
        if found is None:
            raise NotFound(f"There is no incident {number}.")
        if not done:
            ended = "" if found.closed_at is None else found.closed_at.isoformat(timespec="seconds")
            raise BadInput(f"The incident {number} is over since {ended}: {found.over}")
        audit.record(
            "acknowledge",
            at=at,
            result=UNTIL_OVER if until is None else f"until {until.isoformat(timespec='seconds')}",
            actor=actor,
            reason=comment,
            job=found.job_name,
            run=found.run,
            run_date=found.run_date,
            subject=f"{found.kind} {found.subject}",
            details={"incident": number},
        )
    return found


def mute(
    glob: str, *, kind: str = "", until: datetime, actor: str, comment: str = "", at: datetime
) -> AlertMute:
    """Tell nobody of what matches, until then; incidents are recorded all the same.

    It takes the place of a mute of the same glob and kind: else that one would go on, if it ends later. The
    same once more, as by a double click, changes nothing: it returns the mute that is in force.

    Args:
        glob: of names of jobs, and of subjects of other incidents.
        kind: one of `KINDS`; empty: every kind.

    Raises:
        BadInput: the glob is empty, there is no such kind, or the end is not within a year.
    """
    if not 0 < len(glob) <= 250:
        raise BadInput("`subject` must be a glob of 1 to 250 characters, such as 'report_*' or '*'.")
    if kind and kind not in KINDS:
        raise BadInput(f"`kind` must be one of {', '.join(KINDS)}; not {kind[:60]!r}.")
    if not at < until <= at + LONGEST:
        raise BadInput("`until` must be in the future, and within a year.")
    row = AlertMute(subject=glob, kind=kind, started_at=at, until=until, actor=actor[:100], comment=comment)
    with transaction.atomic(alias()):
        turns.alone(MUTING, at)  # no index forbids two of the same
        standing, result = _put(row, at)
        _record("mute", standing, result, actor, comment, at)
    return standing


def _put(row: AlertMute, at: datetime) -> tuple[AlertMute, str]:
    """Store a mute, unless the same is in force; returns the one that is now, and what came of it."""
    # Also one that began later than `at`: it was ordered at the same moment, and was faster.
    rows = AlertMute.objects.using(alias()).filter(ended_at=None, until__gt=at)
    before = rows.filter(subject=row.subject, kind=row.kind)
    equal = before.filter(until=row.until)
    same = (equal.filter(comment=row.comment) if row.comment else equal).first()  # as for pauses
    if same is not None:
        return same, "unchanged"
    replaced = before.update(ended_at=Greatest("started_at", Value(at)), ended_by=row.actor)
    row.save(force_insert=True, using=alias())
    return row, "replaced" if replaced else "muted"


def unmute(
    glob: str, *, kind: str | None = None, actor: str, comment: str = "", at: datetime
) -> Sequence[AlertMute]:
    """End the mutes of exactly this glob; what is still wrong is told by the next evaluation.

    Args:
        kind: only the mute of this kind, "" being that of every kind; None: all of them.

    Raises:
        NotFound: no such mute is in force.
    """
    with transaction.atomic(alias()):
        found = muting.mutes(at).filter(subject=glob)
        rows = [
            row
            for row in (found if kind is None else found.filter(kind=kind))
            if _mutes(row).update(ended_at=at, ended_by=actor[:100])
        ]
        for row in rows:
            row.ended_at, row.ended_by = at, actor[:100]
            _record("unmute", row, "ended", actor, comment, at)
    if not rows:
        raise NotFound(f"No mute of {glob[:100]!r} is in force; `jobs_alerts mutes` lists those that are.")
    return rows


def _record(action: str, row: AlertMute, result: str, actor: str, comment: str, at: datetime) -> None:
    what = f"{row.kind or 'every kind'} of {row.subject}"
    details = {"kind": row.kind, "glob": row.subject, "until": row.until.isoformat()}
    audit.record(action, at=at, result=result, actor=actor, reason=comment, subject=what, details=details)


def _incidents(number: int) -> QuerySet[Incident]:
    return Incident.objects.using(alias()).filter(pk=number)


def _mutes(row: AlertMute) -> QuerySet[AlertMute]:
    return AlertMute.objects.using(alias()).filter(pk=row.pk, ended_at=None)

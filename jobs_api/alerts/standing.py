"""How alerts stand: channels that take nothing, messages that wait, an evaluation that does not run."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Count, Max, Min, Q, QuerySet

from jobs_api.alerts import muting, settings
from jobs_api.alerts.kinds import KINDS
from jobs_api.database import alias
from jobs_api.models import AlertMessage, AlertMute, AlertTurn, Incident
from jobs_api.monitoring.source_report import SourceReport
from jobs_api.monitoring.turns import EVALUATE

STALLED = timedelta(minutes=10)
"""Somebody has called for so long, and nothing has evaluated."""
LATELY = timedelta(days=7)
"""For how long it is shown that a message was given up."""


@dataclasses.dataclass(frozen=True, slots=True)
class ChannelStanding:
    """One channel."""

    channel: str
    known: bool
    """Whether it is in the settings of this process."""
    waiting: int = 0
    """How many messages wait for it."""
    waiting_since: datetime | None = None
    """Since when the first of them does."""
    failing_since: datetime | None = None
    """Since when the first message waits that it has not taken; None: it has taken all."""
    error: str = ""
    """What it answered last."""
    given_up: int = 0
    """How many messages were given up within a week."""

    stuck: bool = False
    """Whether a message waits for long that nobody has tried to send."""

    @property
    def troubled(self) -> bool:
        """Whether a person should look at it."""
        return self.failing_since is not None or self.stuck or bool(self.given_up)


@dataclasses.dataclass(frozen=True, slots=True)
class Standing:
    """All of it."""

    at: datetime
    open: Mapping[str, int]
    """How many incidents are open, by severity."""
    channels: Sequence[ChannelStanding]
    """Those in the settings of this process, and others for which a message waits."""
    evaluated_at: datetime | None
    """When the last evaluation that ended well began."""
    failing_since: datetime | None
    """Since when evaluations fail."""
    error: str
    """What went wrong the last time."""
    stalled: bool
    """Whether callers call, and nothing evaluates."""
    acknowledged: int = 0
    """How many of those that are open somebody has acknowledged: no reminder is sent of them."""
    muted: int = 0
    """How many more of them are muted: nobody is told of them."""
    mutes: Sequence[AlertMute] = ()
    """Those in force; none for who may not know of all jobs."""

    @property
    def open_count(self) -> int:
        """How many incidents are open."""
        return sum(self.open.values())


def standing(
    at: datetime, sources: Sequence[SourceReport] = (), *, covers: Callable[[str], bool] | None = None
) -> Standing:
    """Read it: at most five statements.

    Args:
        at: what time it is, by the database's clock.
        sources: who calls.
        covers: for who may not know of all jobs: only incidents of these count, and no channel is told.
    """
    evaluated = evaluation(sources)
    mutes = list(muting.mutes(at))
    rows = [each for each in _open() if covers is None or (each.job_name and covers(each.job_name))]
    acknowledged = [each for each in rows if muting.is_acknowledged(each, at)]
    return Standing(
        at=at,
        open=Counter(KINDS[each.kind].severity if each.kind in KINDS else "warning" for each in rows),
        channels=channels(at) if covers is None else [],
        **evaluated._asdict(),
        acknowledged=len(acknowledged),
        muted=sum(muting.is_muted(each, mutes) for each in rows if each not in acknowledged),
        mutes=mutes if covers is None else [],
    )


class Evaluation(NamedTuple):
    """Whether anybody evaluates."""

    evaluated_at: datetime | None
    failing_since: datetime | None
    error: str
    stalled: bool


def evaluation(sources: Sequence[SourceReport]) -> Evaluation:
    """How the evaluation stands: one statement."""
    turn = AlertTurn.objects.using(alias()).filter(name=EVALUATE).first()
    ended = None if turn is None or turn.ended_at is None or turn.ended_at.year < 2000 else turn.ended_at
    failing = (None, "") if turn is None else (turn.failing_since, turn.error)
    return Evaluation(ended, *failing, _is_stalled(ended, sources))


def _is_stalled(ended: datetime | None, sources: Sequence[SourceReport]) -> bool:
    """The last call came long after the last evaluation."""
    if not sources:
        return False
    since = ended or min(each.first_at for each in sources)
    return max(each.last_at for each in sources) - since > STALLED


def _open() -> QuerySet[Incident]:
    rows = Incident.objects.using(alias()).filter(closed_at=None)
    return rows.only("kind", "subject", "job_name", "acknowledged_at", "acknowledged_until")


def channels(at: datetime) -> list[ChannelStanding]:
    """How each channel stands: two statements."""
    known = settings.channels()
    waits, given_up = _waiting(), _given_up(list(known), at)
    names = [*known, *sorted(waits.keys() - known.keys())]
    found = [
        ChannelStanding(name, name in known, given_up=given_up.get(name, 0), **waits.get(name, {}))
        for name in names
    ]
    return [dataclasses.replace(each, stuck=_is_stuck(each, at)) for each in found]


def _is_stuck(channel: ChannelStanding, at: datetime) -> bool:
    since = channel.waiting_since
    return channel.failing_since is None and since is not None and at - since > STALLED


def _waiting() -> dict[str, dict[str, Any]]:
    rows = AlertMessage.objects.using(alias()).filter(next_try_at__isnull=False)
    failed = ~Q(error="")
    counted = rows.values("channel").annotate(
        waiting=Count("pk"),
        waiting_since=Min("created_at"),
        failing_since=Min("created_at", filter=failed),
        error=Max("error"),
    )
    found: list[dict[str, Any]] = [dict(row) for row in counted.order_by("channel")]
    return {row.pop("channel"): row for row in found}


def _given_up(names: list[str], at: datetime) -> Mapping[str, int]:
    """Along the index by channel: few of its messages were not sent."""
    if not names:
        return {}
    rows = AlertMessage.objects.using(alias()).filter(channel__in=names, sent_at=None, next_try_at=None)
    lately = rows.filter(created_at__gt=at - LATELY).values("channel").annotate(count=Count("pk"))
    return {row["channel"]: row["count"] for row in lately.order_by("channel")}

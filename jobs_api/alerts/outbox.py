"""Send the messages that wait, and keep what became of them.

A message is claimed by a conditional UPDATE, sent outside of any transaction, and marked. A process that dies
in between leaves the claim, which runs out: then the message is sent again, with the same id. What a channel
does not take is tried again after 1, 2, 5, 15 and then every 60 minutes, for three days; meanwhile new
messages to it go first, so that one that is refused holds up no other. About one incident, a channel gets its
messages in their order.

From `SUMMARY_FROM` messages that wait for one channel, they are sent as one: after an outage, or in the first
evaluation of an old database. What was once sent as one is tried again as that.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connections, transaction
from django.db.models import F, Max, Q, QuerySet

from jobs_api import database
from jobs_api.alerts import composing, delivering, settings
from jobs_api.alerts.channel import ChannelError
from jobs_api.alerts.message import Message
from jobs_api.database import alias
from jobs_api.database.bounds import bounded
from jobs_api.execution.connections import close_idle
from jobs_api.models import AlertMessage
from jobs_api.text import loggers, one_line

logger = loggers.logger(__name__)

CLAIM = timedelta(minutes=2)
"""How long a process has a message in hand before others take it for dead."""
BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 60))
MOST_WAIT = timedelta(hours=6)
"""A channel that asks for a longer wait is tried all the same."""
GIVE_UP = timedelta(days=3)
TOO_OLD = "It could not be sent within 3 days: no process that was at work knows this channel."
MARKING, SHORTEST = 0.5, 0.1
"""Seconds: at the end of a process, for noting what became of a try; and the least that a try needs."""
AT_ONCE = 500
"""So many messages are looked at in one go."""


def waiting_channels(now: datetime | None = None) -> list[str]:
    """The channels of this process for which a message is due: one statement; none without channels."""
    known = settings.channels()
    if not known:
        return []
    with bounded():
        due = _due(now or database.now()).filter(channel__in=list(known))
        return sorted(set(due.values_list("channel", flat=True).order_by("channel").distinct()))


def unsent_channels() -> list[str]:
    """The channels for which a message waits, due or not: one statement."""
    with bounded():
        rows = _rows().filter(next_try_at__isnull=False)
        return sorted(set(rows.values_list("channel", flat=True).order_by("channel").distinct()))


def deliver(
    channel: str, *, until: float = float("inf"), last: bool = False, now: datetime | None = None
) -> int:
    """Send what is due for a channel until it takes nothing, or the time is over; returns how many it took.

    Args:
        until: by the monotonic clock; what was begun by then is ended.
        last: the process ends then. What a channel has not taken shortly before is given up, and noted: else
            nobody would know, and each such process would send it anew.
        now: for tests; None is the database's clock.
    """
    sent = 0
    while (seconds := _seconds(until, last=last)) > 0:
        with bounded():
            at = now or database.now()
            batch = _claim(channel, at)
        if not batch:
            break
        close_idle()  # a channel may hang: it needs no connection for that
        error = _send(channel, batch, at, seconds)
        with bounded():
            at = now or database.now()
            if error is None:
                sent += _mark_sent(batch, at)
            elif not _mark_failed(channel, batch, error, at):
                break
    return sent


def give_up_old(at: datetime) -> int:
    """Give up what could not be sent for too long, such as to a channel that is not configured any more."""
    old = _rows().filter(next_try_at__isnull=False, created_at__lte=at - GIVE_UP).filter(_unclaimed(at))
    if not old.exists():  # most often: a read locks nothing
        return 0
    silent = old.filter(error="").update(next_try_at=None, claimed_until=None, error=TOO_OLD)
    return silent + old.update(next_try_at=None, claimed_until=None)


def next_due(channel: str, now: datetime | None = None) -> timedelta | None:
    """In how long a message to this channel will be due; None if none waits."""
    with bounded():
        at = now or database.now()
        first = _rows().filter(channel=channel, next_try_at__isnull=False).order_by("next_try_at").first()
    if first is None or first.next_try_at is None:
        return None
    return max(first.next_try_at, first.claimed_until or at, at) - at


# -- claiming ---------------------------------------------------------------------------------


def _due(at: datetime) -> QuerySet[AlertMessage]:
    """What may be claimed; a time that lies too far ahead was stored by a clock that was wrong."""
    come = Q(next_try_at__lte=at) | Q(next_try_at__gt=at + 2 * MOST_WAIT)
    return _rows().filter(come, _unclaimed(at), next_try_at__isnull=False)


def _unclaimed(at: datetime) -> Q:
    return Q(claimed_until=None) | Q(claimed_until__lte=at) | Q(claimed_until__gt=at + 2 * CLAIM)


def _claim(channel: str, at: datetime) -> list[AlertMessage]:
    """The next message to this channel, or the next that are sent as one; empty if there is none."""
    due = list(_due(at).filter(channel=channel).order_by("tries", "pk")[:AT_ONCE])
    for first in due:
        if first.digest is not None:
            group = _rows().filter(digest=first.digest, channel=channel, next_try_at__isnull=False)
            return _take(list(group.order_by("pk")), first.digest, at)
        single = [each for each in due if each.digest is None]
        if len(single) >= settings.summary_from():
            single = _not_behind_summaries(single)
        if len(single) >= settings.summary_from():
            return _take(single, single[0].pk, at)
        if not _is_behind(first):
            return _take([first], None, at)
    return []


def _not_behind_summaries(messages: Sequence[AlertMessage]) -> list[AlertMessage]:
    """In their order, without those about what a summary tells that still waits: it goes first."""
    waiting = _rows().filter(channel=messages[0].channel, digest__isnull=False, next_try_at__isnull=False)
    first = dict(waiting.order_by("-pk").values_list("incident", "pk"))
    found = [each for each in messages if first.get(each.incident_id, each.pk) >= each.pk]
    return sorted(found, key=lambda each: each.pk)


def _is_behind(message: AlertMessage) -> bool:
    """Whether an earlier message about the incident still waits for this channel."""
    earlier = _rows().filter(incident=message.incident_id, channel=message.channel, pk__lt=message.pk)
    return earlier.filter(next_try_at__isnull=False).exists()


def _take(batch: Sequence[AlertMessage], number: int | None, at: datetime) -> list[AlertMessage]:
    """Claim all of these or none; empty if another process was faster."""
    pks, until = [each.pk for each in batch], at + CLAIM
    with transaction.atomic(alias()):
        rows = _rows().filter(pk__in=pks)
        if connections[alias()].features.has_select_for_update:  # in one order: else two wait for each other
            list(rows.order_by("pk").select_for_update().values_list("pk"))
        free = rows.filter(_unclaimed(at), next_try_at__isnull=False)
        if free.count() != len(pks):
            return []
        free.update(claimed_until=until, tries=F("tries") + 1, digest=number)
    return list(_rows().filter(pk__in=pks).select_related("incident").order_by("pk"))


# -- sending and marking ----------------------------------------------------------------------


def _seconds(until: float, *, last: bool) -> float:
    """How long the next try may take; 0: there is no time for one."""
    left = until - time.monotonic()
    if last:
        left -= MARKING
        return min(left, delivering.SECONDS) if left >= SHORTEST else 0
    return delivering.SECONDS if left > 0 else 0


def _send(channel: str, batch: Sequence[AlertMessage], at: datetime, seconds: float) -> ChannelError | None:
    """Send it, and return what went wrong: whatever it is, it is kept, and shown."""
    try:
        delivering.send(channel, _message(batch, at), seconds=seconds)
    except ChannelError as error:
        return error
    except Exception as error:  # a channel of the host, or a text that cannot be made
        logger.exception("A message could not be sent to the channel %r.", channel)
        return ChannelError(f"{type(error).__name__}; the log has more.")
    return None


def _message(batch: Sequence[AlertMessage], at: datetime) -> Message:
    if batch[0].digest is None:
        return composing.compose(batch[0], at)
    return composing.compose_summary(batch, at)


def _mark_sent(batch: Sequence[AlertMessage], at: datetime) -> int:
    taken = {"sent_at": at, "next_try_at": None, "claimed_until": None, "error": ""}
    return _rows().filter(pk__in=[each.pk for each in batch], sent_at=None).update(**taken)


def _mark_failed(channel: str, batch: Sequence[AlertMessage], error: ChannelError, at: datetime) -> bool:
    """Note it, and when to try again; whether the channel may take other messages now."""
    ours = Q(pk__in=[each.pk for each in batch], sent_at=None, claimed_until=batch[0].claimed_until)
    why = {"claimed_until": None, "error": one_line(str(error)) or type(error).__name__}
    if error.for_good or at - batch[0].created_at >= GIVE_UP:
        _rows().filter(ours).update(**why, next_try_at=None)
        return True
    again = at + _back_off(channel, error)
    _rows().filter(ours).update(**why, next_try_at=again)
    # A channel that is down is asked once, not once for each message that waits for it.
    _due(at).filter(channel=channel).update(next_try_at=again)
    return False


def _back_off(channel: str, error: ChannelError) -> timedelta:
    unsent = _rows().filter(channel=channel, next_try_at__isnull=False)
    tries = unsent.aggregate(most=Max("tries"))["most"] or 1
    wait = BACK_OFF[min(tries, len(BACK_OFF)) - 1]
    return max(wait, min(timedelta(seconds=error.retry_after or 0), MOST_WAIT))


def _rows() -> QuerySet[AlertMessage]:
    return AlertMessage.objects.using(alias())

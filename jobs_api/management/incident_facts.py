"""Incidents, their messages, channels and mutes, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from jobs_api.alerts import muting, readers
from jobs_api.alerts.kinds import KINDS
from jobs_api.alerts.standing import ChannelStanding, Standing
from jobs_api.management.facts import BAD, Fact
from jobs_api.management.tables import moment
from jobs_api.models import AlertMessage, AlertMute, Incident
from jobs_api.text import one_line
from jobs_api.text.spans import between

INCIDENTS = ("incident", "kind", "subject", "since", "state", "slots", "run", "over_at")
DROP = ("run", "slots", "over_at")
"""Columns that a narrow terminal can do without, the first first."""
MESSAGES = ("channel", "event", "ordered", "state", "sent", "tries", "next_try", "error")
DROP_OF_MESSAGES = ("next_try", "tries", "ordered")
SENT = ("incident", "kind", "subject", *MESSAGES[1:])
CHANNELS = ("channel", "state", "waiting", "waiting_since", "failing_since", "given_up", "error")
MUTES = ("subject", "kind", "until", "actor", "reason", "started")
MUTES_SHOWN = 3
DROP_OF_MUTES = ("started", "actor")


def row(incident: Incident, mutes: Sequence[AlertMute], at: datetime) -> tuple[Any, ...]:
    """A line of the table."""
    known = (incident.pk, incident.kind, incident.subject, incident.since, muting.state(incident, mutes, at))
    return (*known, incident.times, incident.run, incident.closed_at)


def members(incident: Incident, mutes: Sequence[AlertMute], at: datetime) -> dict[str, Any]:
    """The same for programs, in full."""
    return {
        "incident": incident.pk,
        "kind": incident.kind,
        "severity": KINDS[incident.kind].severity if incident.kind in KINDS else "warning",
        "subject": incident.subject,
        "state": muting.state(incident, mutes, at),
        "job": incident.job_name or None,
        "run": incident.run,
        "run_date": incident.run_date,
        "since": incident.since,
        "opened_at": incident.opened_at,
        "closed_at": incident.closed_at,
        "slots": incident.times,
        "detail": incident.detail,
        "over": incident.over,
        "facts": incident.facts,
        "notified_at": incident.notified_at,
        "acknowledged_at": incident.acknowledged_at,
        "acknowledged_by": incident.acknowledged_by,
        "acknowledged_until": incident.acknowledged_until,
        "comment": incident.comment,
    }


def facts(incident: Incident, mutes: Sequence[AlertMute], at: datetime) -> Iterator[Fact]:
    """What a person wants to know of one incident."""
    now = muting.state(incident, mutes, at)
    kind = KINDS.get(incident.kind)
    yield Fact("what", f"{one_line(incident.subject)} {kind.title if kind else incident.kind}")
    yield Fact("state", now, "" if now == "over" else BAD)
    yield Fact("why", one_line(incident.detail))
    ended = incident.closed_at or at
    yield Fact("since", f"{moment(incident.since)}, for {between(incident.since, ended)}")
    if incident.closed_at is not None:
        yield Fact("over", f"{moment(incident.closed_at)}: {one_line(incident.over)}")
    if incident.times > 1:
        yield Fact("slots", str(incident.times))
    if incident.run is not None:
        yield Fact("run", f"{incident.run}: manage.py jobs_show {incident.run}")
    if incident.acknowledged_at is not None:
        yield Fact("acknowledged", _acknowledged(incident))
    yield from (Fact("muted", mute_text(mute)) for mute in mutes if muting.is_muted(incident, [mute]))


def _acknowledged(incident: Incident) -> str:
    at, until = incident.acknowledged_at, incident.acknowledged_until
    by = f" by {one_line(incident.acknowledged_by)}" if incident.acknowledged_by else ""
    ends = f"until {moment(until)}" if until is not None else "until it is over"
    comment = f" ({one_line(incident.comment)})" if incident.comment else ""
    return f"{moment(at)}{by}, {ends}{comment}" if at is not None else ""


def message_row(message: AlertMessage) -> tuple[Any, ...]:
    """A line of the table of one incident."""
    number = f" {message.number}" if message.event == "reminder" else ""
    found = (message.channel, f"{message.event}{number}", message.created_at, readers.state_of(message))
    return (*found, message.sent_at, message.tries, message.next_try_at, message.error)


def sent_row(message: AlertMessage) -> tuple[Any, ...]:
    """A line of the table of one channel."""
    incident = message.incident
    return (incident.pk, incident.kind, incident.subject, *message_row(message)[1:])


def channel_row(channel: ChannelStanding) -> tuple[Any, ...]:
    """A line of the table of channels."""
    state = "waits" if channel.stuck else "failing" if channel.troubled else "ok"
    known = (channel.channel, state if channel.known else "not configured", channel.waiting)
    return (*known, channel.waiting_since, channel.failing_since, channel.given_up, channel.error)


def mute_row(mute: AlertMute) -> tuple[Any, ...]:
    """A line of the table of mutes."""
    return (mute.subject, mute.kind or "every kind", mute.until, mute.actor, mute.comment, mute.started_at)


def mute_text(mute: AlertMute) -> str:
    """A mute in a sentence."""
    by = f" by {one_line(mute.actor)}" if mute.actor else ""
    comment = f" ({one_line(mute.comment)})" if mute.comment else ""
    what = f"{mute.kind or 'every kind'} of {one_line(mute.subject)}"
    return f"{what}, until {moment(mute.until)}{by}{comment}"


def channel_remarks(channels: Iterable[ChannelStanding]) -> Iterator[str]:
    """What is wrong with them: a narrow table has no room for what a channel answered."""
    for each in channels:
        if each.failing_since is not None:
            waits = f"{each.waiting} message{'s wait' if each.waiting > 1 else ' waits'}"
            test = f"Try it: manage.py jobs_alert_test {each.channel}"
            hint = test if each.known else "The settings of this process do not name it."
            yield (
                f"The channel {each.channel} takes nothing, and {waits} since {moment(each.failing_since)}: "
                f"{one_line(each.error)}. {hint}"
            )
        elif each.stuck:
            yield _stuck(each)
        if each.given_up:
            given_up = (
                f"{each.given_up} message{'s were' if each.given_up > 1 else ' was'} given up this week"
            )
            yield f"{given_up} by the channel {each.channel}: manage.py jobs_alerts channels {each.channel}"


def _stuck(channel: ChannelStanding) -> str:
    waits = f"{channel.waiting} message{'s wait' if channel.waiting > 1 else ' waits'}"
    since = "" if channel.waiting_since is None else f" since {moment(channel.waiting_since)}"
    known = "nothing sends: manage.py jobs_alerts evaluate"
    why = known if channel.known else "the settings of this process do not name that channel"
    return f"{waits} for the channel {channel.channel}{since}, and {why}"


def remarks(standing: Standing) -> Iterator[str]:
    """Sentences about what is open, and about alerts that nobody gets."""
    if count := standing.open_count:
        are = "1 incident is open" if count == 1 else f"{count} incidents are open"
        quiet = {"acknowledged": standing.acknowledged, "muted": standing.muted}
        found = ", ".join(f"{number} {what}" for what, number in quiet.items() if number)
        yield f"{are}{f' ({found})' if found else ''}: manage.py jobs_alerts"
    yield from (f"Muted: {mute_text(each)}." for each in standing.mutes[:MUTES_SHOWN])
    if len(standing.mutes) > MUTES_SHOWN:
        yield f"{len(standing.mutes) - MUTES_SHOWN} more are muted: manage.py jobs_alerts mutes"
    yield from channel_remarks(standing.channels)
    if standing.failing_since is not None:
        since = moment(standing.failing_since)
        yield f"Alerts have not been evaluated since {since}: {standing.error}; the log has more."
    elif standing.stalled:
        last = "" if standing.evaluated_at is None else f" since {moment(standing.evaluated_at)}"
        yield f"Alerts were not evaluated{last}, though somebody calls: manage.py jobs_alerts evaluate"

"""The same for programs: what a webhook sends. docs/alerts.md lists the members; they are only added to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from jobs_api.alerts.account import Account
from jobs_api.alerts.headlines import headline, severity
from jobs_api.models import AlertMessage, Incident
from jobs_api.outgoing import without_secrets
from jobs_api.text import one_line

VERSION = 1
"""Of the members; a member is never removed, and never changes its meaning, without another version."""
_UNFIT = re.compile(r"[^A-Za-z0-9_-]", re.ASCII)
SUMMARISED = 100
"""How many incidents a summary lists."""


def message_id(message: AlertMessage, *, summary: bool = False) -> str:
    """The id of a message: the same for each try, and another on another database."""
    event = f"summary-{message.event}" if summary else message.event
    first = thread_id(message)
    return first if event == "opened" else f"{first}-{event}-{message.number}"


def thread_id(message: AlertMessage) -> str:
    """The id of the first message about the same incident to the same channel."""
    opened = int(message.incident.opened_at.timestamp())
    return f"alert-{opened}-{message.incident_id}-{_UNFIT.sub('_', message.channel)}"


def of(message: AlertMessage, account: Account, words: str) -> dict[str, Any]:
    """About one incident."""
    job, run, look = account.job, account.run, account.look
    return {
        **_envelope(message_id(message), message.event, account.at),
        **_incident(message.incident, message.event),
        "number": message.number,
        "channel": message.channel,
        "headline": words,
        "error": account.error,
        "attempt": None if run is None else run.attempt,
        "max_attempts": None if job is None else job.max_attempts,
        "will_retry": None if look is None else look.expected,
        "retry_at": None if look is None or look.at is None else look.at.isoformat(),
        "timezone": None if job is None else str(job.slots.zone),
        "owner": "" if job is None else job.owner,
        "tags": [] if job is None else list(job.tags),
        "runbook": "" if job is None else job.runbook,
        "output": account.output,
        "commands": [command for _, command in account.steps()],
        "links": account.links,
    }


def of_summary(
    id: str, messages: Sequence[AlertMessage], words: str, worst: str, at: datetime
) -> dict[str, Any]:
    """About many incidents: their common members, the most severe first."""
    first = messages[0]
    return {
        **_envelope(id, "summary", at),
        "kind": "summary",
        "severity": worst,
        "channel": first.channel,
        "headline": words,
        "count": len(messages),
        "incidents": [
            {**_incident(each.incident, each.event), "headline": headline(each.incident, each.event, at)}
            for each in messages[:SUMMARISED]
        ],
    }


def of_test(id: str, channel: str, at: datetime) -> dict[str, Any]:
    """Of a test."""
    words = f"Test of the channel {channel}"
    more = {"kind": "test", "severity": "ok", "channel": channel, "headline": words}
    return {**_envelope(id, "test", at), **more}


def _envelope(id: str, event: str, at: datetime) -> dict[str, Any]:
    return {"version": VERSION, "id": id, "event": event, "at": at.isoformat()}


def _incident(incident: Incident, event: str) -> dict[str, Any]:
    ended = incident.closed_at  # also where the channel takes the first message only after the end
    return {
        "incident": incident.pk,
        "kind": incident.kind,
        "severity": severity(incident, event),
        "subject": one_line(incident.subject),
        "job": incident.job_name or None,
        "run": incident.run,
        "run_date": None if incident.run_date is None else incident.run_date.isoformat(),
        "since": incident.since.isoformat(),
        "until": None if ended is None else ended.isoformat(),
        "times": incident.times,
        "detail": without_secrets(one_line(incident.over if event == "recovered" else incident.detail)),
        "facts": incident.facts,
    }

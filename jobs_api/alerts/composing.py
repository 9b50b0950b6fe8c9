"""Compose messages: what somebody who was just woken has to know, and can do about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from jobs_api.alerts import facts, links
from jobs_api.alerts.account import Account
from jobs_api.alerts.excerpts import bounded
from jobs_api.alerts.headlines import headline, severity, site_line, subject
from jobs_api.alerts.message import Message
from jobs_api.models import AlertMessage
from jobs_api.text import one_line

LISTED = 20
"""How many incidents a summary names."""
LONGEST = 8000
"""Letters of a text."""
ORDER = ("error", "warning", "ok")


def compose(message: AlertMessage, at: datetime) -> Message:
    """One message about one incident; it reads the run, its output and its job's pause, if there are any.

    Args:
        message: with its incident.
        at: what time it is, by the database's clock.
    """
    account = Account.of(message.incident, message.event, at)
    found = headline(message.incident, message.event, at)
    return Message(
        id=facts.message_id(message),
        thread=facts.thread_id(message),
        event=message.event,
        kind=message.incident.kind,
        severity=severity(message.incident, message.event),
        subject=subject(message.incident, message.event, at, account.error),
        text=bounded(account.text(found), LONGEST),
        facts=facts.of(message, account, found),
    )


def compose_summary(messages: Sequence[AlertMessage], at: datetime) -> Message:
    """One message in the place of many to the same channel: how many of what, and each in a line.

    Args:
        messages: at least one, each with its incident; the first one gives the id.
        at: what time it is, by the database's clock.
    """
    told = [(severity(each.incident, each.event), each) for each in messages]
    told.sort(key=lambda pair: (ORDER.index(pair[0]), pair[1].incident.since))
    counts = Counter(found for found, _ in told)
    words = {"error": "errors", "warning": "warnings", "ok": "recoveries"}
    parts = [f"{counts[found]} {words[found]}" for found in ORDER if counts[found]]
    title = f"{len(messages)} alerts at once: {', '.join(parts)}"
    lines = [f"- {bounded(headline(each.incident, each.event, at), 200)}" for _, each in told[:LISTED]]
    if len(told) > LISTED:
        lines.append(f"- and {len(told) - LISTED} more")
    jobs = links.page("jobs")
    lines += ["", "All of it: manage.py jobs_list", *([f"Jobs: {jobs}"] if jobs else [])]
    id = facts.message_id(messages[0], summary=True)
    return Message(
        id=id,
        thread=id,
        event="summary",
        kind="summary",
        severity=told[0][0],
        subject=site_line(title),
        text="\n".join([f"{title}.", "", *lines]),
        facts=facts.of_summary(id, [each for _, each in told], title, at),
    )


def compose_test(channel: str, at: datetime, *, id: str, actor: str = "") -> Message:
    """A message that says that it is a test."""
    by = f" by {one_line(actor)}" if actor else ""
    return Message(
        id=id,
        thread=id,
        event="test",
        kind="test",
        severity="ok",
        subject=site_line(f"Test of the channel {channel}"),
        text=(
            f"This is a test of the alert channel {channel!r}, sent{by} with jobs_alert_test. "
            "Nothing is wrong.\n\nAn alert about a job says what is wrong and since when, and what to do, "
            "and shows the last lines of its output."
        ),
        facts=facts.of_test(id, channel, at),
    )

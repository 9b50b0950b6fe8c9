"""Compose messages: what somebody who was just woken has to know, and can do about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from jobs_api.alerts import facts, html, links
from jobs_api.alerts.account import Account
from jobs_api.alerts.excerpts import bounded, error_line
from jobs_api.alerts.headlines import headline, severity, site_line, subject
from jobs_api.alerts.message import Message
from jobs_api.models import AlertMessage
from jobs_api.runs import readers
from jobs_api.text import one_line

LISTED = 20
"""How many incidents a summary names."""
LONGEST = 8000
"""Letters of a text."""
ORDER = {
    "error": ("error", "errors"),
    "warning": ("warning", "warnings"),
    "over": ("over by now", "over by now"),
    "ok": ("recovery", "recoveries"),
}
"""What a summary counts, the worst first; "over" is what had ended before the channel took the message."""


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
        html=html.page(account, found, severity(message.incident, message.event)),
    )


def compose_summary(messages: Sequence[AlertMessage], at: datetime) -> Message:
    """One message in the place of many to the same channel: how many of what, and each in a line.

    Args:
        messages: at least one, each with its incident; the first one gives the id.
        at: what time it is, by the database's clock.
    """
    told = [(_standing(each), each) for each in messages]
    told.sort(key=lambda pair: (list(ORDER).index(pair[0]), pair[1].incident.since))
    counts = Counter(found for found, _ in told)
    parts = [f"{counts[found]} {ORDER[found][counts[found] > 1]}" for found in ORDER if counts[found]]
    title = f"{len(messages)} alerts at once: {', '.join(parts)}"
    ended = {each.incident_id for found, each in told if found == "ok"}
    listed = [pair for pair in told if pair[0] != "over" or pair[1].incident_id not in ended]
    lines = _lines(listed[:LISTED], at)
    if len(listed) > LISTED:
        lines.append(f"- and {len(listed) - LISTED} more")
    pages = {"Open alerts": links.dashboard("alerts"), "Jobs": links.page("jobs")}
    told_where = [f"{label}: {url}" for label, url in pages.items() if url]
    lines += ["", "What is open: manage.py jobs_alerts", *told_where]
    id = facts.message_id(messages[0], summary=True)
    worst = "ok" if told[0][0] == "over" else told[0][0]
    return Message(
        id=id,
        thread=id,
        event="summary",
        kind="summary",
        severity=worst,
        subject=site_line(title),
        text="\n".join([f"{title}.", "", *lines]),
        facts=facts.of_summary(id, [each for _, each in told], title, worst, at),
    )


def _standing(message: AlertMessage) -> str:
    """The severity; "over" where the incident has ended before its message was taken."""
    overtaken = message.event != "recovered" and message.incident.closed_at is not None
    return "over" if overtaken else severity(message.incident, message.event)


def _lines(told: Sequence[tuple[str, AlertMessage]], at: datetime) -> list[str]:
    """One for each, with the error: many that fail at once often fail for one reason."""
    runs = [each.incident.run for found, each in told if found != "ok" and each.incident.run is not None]
    errors = readers.errors(runs)
    lines = []
    for found, each in told:
        over = ", and is over by now" if found == "over" else ""
        error = error_line(errors.get(each.incident.run or 0, "")) if found != "ok" else ""
        words = f"{headline(each.incident, each.event, at)}{over}"
        lines.append(f"- {bounded(f'{words}: {error}' if error else words, 200)}")
    return lines


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

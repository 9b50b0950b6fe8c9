"""The page of one incident: what it is, who was told, what helps."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise

from jobs_api.alerts import muting, readers
from jobs_api.alerts.account import Account
from jobs_api.alerts.actions import Steps
from jobs_api.dashboard import alert_words
from jobs_api.dashboard.lists.incident_rows import IncidentRow, row
from jobs_api.dashboard.viewer import Viewer
from jobs_api.models import AlertMessage, Incident
from jobs_api.text import one_line


@dataclasses.dataclass(frozen=True, slots=True)
class MessageRow:
    """One message to one channel."""

    message: AlertMessage
    event: str
    state: str
    """ "sent", "waits" or "given up"."""
    word: str | Promise
    error: str


@dataclasses.dataclass(frozen=True, slots=True)
class IncidentPage:
    """All of it."""

    incident: Incident
    row: IncidentRow
    title: str
    account: Account
    messages: Sequence[MessageRow]
    steps: Steps
    """Commands that help: what each does, and itself."""
    api: str
    """The address of its run or job in the API; "" where the host has none."""


def page(incident: Incident, viewer: Viewer) -> IncidentPage:
    """At most five statements."""
    mutes = list(muting.mutes(viewer.at))
    account = Account.of(incident, "opened", viewer.at)
    messages = [_message(each) for each in readers.messages_about(incident)]
    return IncidentPage(
        incident=incident,
        row=row(incident, mutes, viewer.at, {}),
        title=alert_words.title(incident),
        account=account,
        messages=messages,
        steps=[] if incident.closed_at is not None else account.steps(),
        api=_api(incident),
    )


def _message(message: AlertMessage) -> MessageRow:
    state, word = readers.state_of(message), alert_words.sent(message)
    return MessageRow(message, alert_words.event(message), state, word, one_line(message.error))


def _api(incident: Incident) -> str:
    try:
        if incident.run is not None:
            return reverse("jobs_api:run", args=[incident.run])
        return (
            reverse("jobs_api:job", args=[incident.job_name])
            if incident.job_name
            else reverse("jobs_api:sources")
        )
    except NoReverseMatch:  # the host has put the API elsewhere, or nowhere
        return ""

"""Incidents and their messages in words, in the language of the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from jobs_api.alerts import readers
from jobs_api.alerts.kinds import KINDS
from jobs_api.models import AlertMessage, Incident
from jobs_api.text import one_line


class KindWords(NamedTuple):
    """One kind of incident."""

    label: str | Promise
    icon: str
    """A state of `dashboard.states`, whose colour and icon it has."""
    sentence: str | Promise
    """What is so, with the name of the job, source or token."""


WORDS: Mapping[str, KindWords] = {
    "failed": KindWords(pgettext_lazy("alert", "Failed"), "failed", gettext_lazy("%(subject)s failed")),
    "missed": KindWords(pgettext_lazy("alert", "Missed"), "missed", gettext_lazy("%(subject)s was not run")),
    "overdue": KindWords(
        pgettext_lazy("alert", "Overdue"), "overdue", gettext_lazy("%(subject)s runs for too long")
    ),
    "late": KindWords(pgettext_lazy("alert", "Late"), "late", gettext_lazy("%(subject)s is late")),
    "slow": KindWords(
        pgettext_lazy("alert", "Slow"), "slow", gettext_lazy("%(subject)s is slower than usual")
    ),
    "source_silent": KindWords(
        pgettext_lazy("alert", "Source silent"), "silent", gettext_lazy("%(subject)s does not call any more")
    ),
    "token_expiring": KindWords(
        pgettext_lazy("alert", "Token expires"), "late", gettext_lazy("The token %(subject)s expires soon")
    ),
}
UNKNOWN = KindWords(pgettext_lazy("alert", "Trouble"), "failed", gettext_lazy("%(subject)s has a problem"))
EVENTS: Mapping[str, str | Promise] = {
    "opened": pgettext_lazy("message", "First message"),
    "again": pgettext_lazy("message", "Again"),
    "reminder": pgettext_lazy("message", "Reminder"),
    "recovered": pgettext_lazy("message", "It is over"),
}
SENT: Mapping[str, str | Promise] = {
    "sent": pgettext_lazy("message", "Sent"),
    "waits": pgettext_lazy("message", "Waits"),
    "given up": pgettext_lazy("message", "Given up"),
}


def words(kind: str) -> KindWords:
    """Of a kind, also of one that only another version knows."""
    return WORDS.get(kind, UNKNOWN)


def title(incident: Incident) -> str:
    """What is so: "reconcile_payments failed"."""
    return str(words(incident.kind).sentence) % {"subject": one_line(incident.subject)}


def kinds() -> list[tuple[str, str | Promise]]:
    """All kinds with their labels."""
    return [(name, words(name).label) for name in KINDS]


def label(kind: str) -> str | Promise:
    """Of the kind of a mute; it may be every kind."""
    return words(kind).label if kind else _("Every kind")


def event(message: AlertMessage) -> str:
    """What a message told: "Reminder 3"."""
    text = str(EVENTS.get(message.event, one_line(message.event)))
    if message.event in ("reminder", "again") and message.number > 1:
        return _("%(event)s %(number)s") % {"event": text, "number": message.number}
    return text


def sent(message: AlertMessage) -> str | Promise:
    """What became of it."""
    return SENT[readers.state_of(message)]

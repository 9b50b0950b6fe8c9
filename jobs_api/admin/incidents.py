"""Incidents with their messages, and what is muted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import messages
from django.db.models import Q

from jobs_api import database
from jobs_api.admin.base import ShowingAdmin
from jobs_api.admin.filters import JobFilter, choice, within
from jobs_api.admin.forms import AcknowledgeForm, MuteForm
from jobs_api.admin.orders import Order, Told
from jobs_api.admin.showing import as_json, fact, link, table
from jobs_api.alerts import acting, kinds
from jobs_api.clock import expression
from jobs_api.models import AlertMessage, AlertMute, Incident

MOST_MESSAGES = 100
HEADINGS = ("channel", "event", "number", "ordered", "sent", "tries", "next try", "error")


def _state(incident: Incident) -> str:
    return "over" if incident.closed_at is not None else "open"


def _run(incident: Incident) -> Any:
    return incident.run and link(f"../../../jobrun/{incident.run}/change/", f"run {incident.run}")


def _sent(incident: Incident) -> str:
    found = AlertMessage.objects.using(database.alias()).filter(incident=incident).order_by("-pk")
    return table(HEADINGS, map(_line, found[:MOST_MESSAGES]))


def _line(message: AlertMessage) -> tuple[Any, ...]:
    ordered = (message.channel, message.event, message.number, message.created_at)
    return (*ordered, message.sent_at, message.tries, message.next_try_at, message.error)


def _acknowledge(incident: Incident, data: Mapping[str, Any], actor: str) -> Told:
    said = {"actor": actor, "comment": data["reason"], "until": data["until"]}
    acting.acknowledge(incident.pk, **said, at=database.now())
    return Told(messages.SUCCESS, "Acknowledged")


def _mute(subject: str, data: Mapping[str, Any], actor: str) -> Told:
    said = {"kind": data["kind"], "until": data["until"], "comment": data["reason"]}
    acting.mute(subject, **said, actor=actor, at=database.now())
    return Told(messages.SUCCESS, "Muted")


def _unmute(mute: AlertMute, data: Mapping[str, Any], actor: str) -> Told:
    ended = {"actor": actor, "comment": data["reason"], "at": database.now()}
    acting.unmute(mute.subject, kind=mute.kind, **ended)
    return Told(messages.SUCCESS, "Ended")


class IncidentAdmin(ShowingAdmin):
    """Incidents."""

    list_display = (
        fact("kind", lambda incident: incident.kind),
        fact("subject", lambda incident: incident.subject),
        fact("state", _state),
        fact("since", lambda incident: incident.since),
        fact("found at", lambda incident: incident.opened_at),
        fact("over at", lambda incident: incident.closed_at),
        fact("times", lambda incident: incident.times),
        fact("acknowledged by", lambda incident: incident.acknowledged_by),
    )
    list_filter = (
        JobFilter,
        choice("state", ("open", "over"), lambda value: Q(closed_at__isnull=value == "open")),
        choice("kind", kinds.KINDS, lambda value: Q(kind=value)),
        within("opened_at", "found within"),
    )
    orders = (Order("acknowledge", "Acknowledge", _acknowledge, form=AcknowledgeForm),)
    groups: ClassVar = (
        (
            None,
            [
                *list_display[:5],
                fact("job", lambda incident: incident.job_name),
                fact("run", _run),
                fact("slot", lambda incident: incident.run_date),
                fact("what is wrong", lambda incident: incident.detail),
                fact("last seen at", lambda incident: incident.seen_at),
                *list_display[5:7],
                fact("why it is over", lambda incident: incident.over),
                fact("messages ordered at", lambda incident: incident.notified_at),
                fact("facts", lambda incident: as_json(incident.facts)),
            ],
        ),
        (
            "Acknowledged",
            [
                fact("at", lambda incident: incident.acknowledged_at),
                fact("by", lambda incident: incident.acknowledged_by),
                fact("until", lambda incident: incident.acknowledged_until),
                fact("comment", lambda incident: incident.comment),
            ],
        ),
        ("Messages", [fact("messages", _sent)]),
    )


def _standing(mute: AlertMute) -> str:
    return "over" if mute.ended_at is not None or mute.until <= database.guess() else "in force"


def _in_force(value: str) -> Q:
    in_force = Q(ended_at=None, until__gt=expression(None))
    return in_force if value == "in force" else ~in_force


class AlertMuteAdmin(ShowingAdmin):
    """What is muted."""

    list_display = (
        fact("subject", lambda mute: mute.subject),
        fact("kind", lambda mute: mute.kind or "every kind"),
        fact("state", _standing),
        fact("muted at", lambda mute: mute.started_at),
        fact("until", lambda mute: mute.until),
        fact("by", lambda mute: mute.actor),
        fact("why", lambda mute: mute.comment),
        fact("ended at", lambda mute: mute.ended_at),
        fact("ended by", lambda mute: mute.ended_by),
    )
    list_filter = (choice("state", ("in force", "over"), _in_force),)
    orders = (
        Order("unmute", "End", _unmute),
        Order("mute", "Mute", _mute, form=MuteForm, of_rows=False, subjects=lambda data: [data["subject"]]),
    )
    groups: ClassVar = ((None, list_display),)

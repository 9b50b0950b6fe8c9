"""Incidents, and the messages about them. `jobs_api.alerts` is the only writer."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q


class Incident(models.Model):
    """Something that is wrong, from when it was found until it is over."""

    id: int
    kind = models.CharField(max_length=30)
    """One of `jobs_api.alerts.kinds`: "failed", "missed", "late", "overdue", "slow", "source_silent" ..."""
    subject = models.CharField(max_length=250)
    """The job's name; for a source "source" or "source / actor", for a token its name."""
    job_name = models.CharField(max_length=100, blank=True, default="")
    run = models.BigIntegerField(null=True, blank=True)
    """The run that it is about, if any; the newest one while it lasts."""
    run_date = models.DateTimeField(null=True, blank=True)
    since = models.DateTimeField()
    """Since when it has been so, by the database's clock: when the slot was due, or when the run ended."""
    opened_at = models.DateTimeField()
    """When it was found."""
    closed_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField()
    """When it was last found to be so."""
    times = models.PositiveIntegerField(default=1)
    """How many slots it has concerned so far."""
    notified_at = models.DateTimeField(null=True, blank=True)
    """When messages about it were last ordered; NULL: never, as it is muted."""
    detail = models.TextField(blank=True, default="")
    """What is wrong, in a sentence, without secrets."""
    facts = models.JSONField(default=dict, blank=True)
    over = models.TextField(blank=True, default="")
    """Why it is over, in a sentence: it may have been settled otherwise than by a success."""
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.CharField(max_length=100, blank=True, default="")
    acknowledged_until = models.DateTimeField(null=True, blank=True)
    """Until when no reminder is sent; NULL with `acknowledged_at`: until it is over."""
    comment = models.TextField(blank=True, default="")
    """What the person said who acknowledged it."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "subject"],
                name="jobs_api_one_open_incident",
                condition=Q(closed_at=None),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["opened_at"], name="jobs_api_incidents_at"),
            models.Index(fields=["job_name", "opened_at"], name="jobs_api_incidents_job"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class AlertMessage(models.Model):
    """One message to one channel. It waits here until the channel has taken it."""

    id: int
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="messages")
    channel = models.CharField(max_length=50)
    event = models.CharField(max_length=20)
    """ "opened", "again", "reminder" or "recovered"."""
    number = models.PositiveIntegerField(default=1)
    """Of messages with this event about this incident: reminders count."""
    created_at = models.DateTimeField()
    next_try_at = models.DateTimeField(null=True, blank=True)
    """From when it may be sent, or tried again; NULL: sent or given up."""
    claimed_until = models.DateTimeField(null=True, blank=True)
    """Until when a process has it in hand."""
    tries = models.PositiveIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True, default="")
    """What the channel answered to the last try, without secrets."""
    digest = models.BigIntegerField(null=True, blank=True)
    """Where many messages to a channel are sent as one: the id of the first of them."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["incident", "channel", "event", "number"], name="jobs_api_each_message_once"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_try_at"], name="jobs_api_unsent", condition=Q(next_try_at__isnull=False)
            ),
            models.Index(fields=["channel", "sent_at"], name="jobs_api_channel_sent"),
        ]

    def __str__(self) -> str:
        return f"{self.event} of incident {self.incident_id} to {self.channel}"


class AlertMute(models.Model):
    """No messages about some jobs or kinds, until an end. Incidents are recorded all the same."""

    id: int
    subject = models.CharField(max_length=250, default="*")
    """A glob of subjects: of jobs, sources or tokens."""
    kind = models.CharField(max_length=30, blank=True, default="")
    """Empty: every kind."""
    started_at = models.DateTimeField()
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    """When somebody has ended it before."""
    actor = models.CharField(max_length=100, blank=True, default="")
    comment = models.TextField(blank=True, default="")
    ended_by = models.CharField(max_length=100, blank=True, default="")

    def __str__(self) -> str:
        return f"{self.subject} muted until {self.until.isoformat(timespec='seconds')}"


class AlertTurn(models.Model):
    """When something was last done that any process may do, one at a time: "evaluate", or a check-in."""

    name = models.CharField(max_length=100, unique=True)
    at = models.DateTimeField()
    """When it was last begun."""
    ended_at = models.DateTimeField(null=True, blank=True)
    """When it last ended well."""
    error = models.TextField(blank=True, default="")
    """What went wrong the last time; empty where nothing did."""
    failing_since = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    """How often it has failed since then, counting what was given up, over all processes."""

    def __str__(self) -> str:
        return self.name

"""Who wants to be told of events, and what they are told: an outbox, emptied by deliver_webhooks."""

from __future__ import annotations

import base64
import secrets
import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone


class Event(models.TextChoices):
    """What endpoints can be told of."""

    ORDER_CREATED = "order.created"
    ORDER_PAID = "order.paid"


def new_secret() -> str:
    """A secret as the Standard Webhooks scheme writes it: 32 random bytes in base64."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


class WebhookEndpointQuerySet(models.QuerySet["WebhookEndpoint"]):
    """Endpoints, asked of as a whole."""

    def wanting(self, event: str) -> WebhookEndpointQuerySet:
        """Those that are told of this event."""
        return self.filter(Q(event="") | Q(event=event), disabled_at=None)


class WebhookEndpoint(models.Model):
    """An address that is told of one kind of event, or of all."""

    url = models.URLField(max_length=500)
    secret = models.CharField(max_length=100, default=new_secret, editable=False)
    event = models.CharField(max_length=30, choices=Event, blank=True, default="", help_text="empty: all")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    # Since when it has accepted nothing; empty once it accepts something.
    failing_since = models.DateTimeField(null=True, blank=True, editable=False)
    disabled_at = models.DateTimeField(null=True, blank=True, editable=False)
    disabled_reason = models.CharField(max_length=200, blank=True, default="", editable=False)

    objects = WebhookEndpointQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(url__regex=r"^https?://"),
                name="crm_webhook_endpoint_url_is_http",
                violation_error_message="Write an http or https address",
            ),
            models.CheckConstraint(
                condition=Q(event="") | Q(event__in=Event.values), name="crm_webhook_endpoint_event_is_known"
            ),
            models.CheckConstraint(
                condition=Q(disabled_at=None, disabled_reason="")
                | (Q(disabled_at__isnull=False) & ~Q(disabled_reason="")),
                name="crm_webhook_endpoint_disabled_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.url


class WebhookDelivery(models.Model):
    """One event for one endpoint. `next_try_at` is empty once it is delivered or given up."""

    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries")
    # Stays the same over all tries, so that the receiver can tell a repeat.
    message_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    event = models.CharField(max_length=30, choices=Event)
    payload = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now)
    attempts = models.IntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True, default=timezone.now)
    delivered_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        verbose_name_plural = "webhook deliveries"
        constraints = [
            models.CheckConstraint(
                condition=Q(event__in=Event.values), name="crm_webhook_delivery_event_is_known"
            ),
            models.CheckConstraint(condition=Q(attempts__gte=0), name="crm_webhook_delivery_attempts_count"),
            models.CheckConstraint(
                condition=Q(delivered_at=None) | Q(next_try_at=None),
                name="crm_webhook_delivery_delivered_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_try_at"],
                condition=Q(next_try_at__isnull=False),
                name="crm_webhook_delivery_due",
            )
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.message_id}"

"""Endpoints that receive events, and the outbox of deliveries that deliver_webhooks sends."""

from __future__ import annotations

import base64
import secrets
import uuid
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Q, Window
from django.db.models.functions import RowNumber
from django.http.request import validate_host
from django.utils import timezone

from crm import conf

KEPT = timedelta(days=30)
"""How long a delivery stays in the table after it was delivered or given up."""


class Event(models.TextChoices):
    """The events that endpoints can receive."""

    ORDER_CREATED = "order.created"
    ORDER_PAID = "order.paid"


def new_secret() -> str:
    """A secret as the Standard Webhooks scheme writes it: 32 random bytes in base64."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


class NotAllowed(ValueError):
    """Nothing is sent to this URL; the message says why."""


def check_host(url: str) -> None:
    """Webhooks go to hosts that the operator has named: staff could else make this server ask its neighbours.

    Raises:
        NotAllowed: CRM_WEBHOOK_HOSTS does not have the host of this URL.
    """
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:  # half an IPv6 address
        host = ""
    if not host or not validate_host(host, conf.webhook_hosts()):
        raise NotAllowed(f"{host or 'This'} is not a host that CRM_WEBHOOK_HOSTS allows; add it there first.")


class WebhookEndpointQuerySet(models.QuerySet["WebhookEndpoint"]):
    """Questions about many endpoints, and changes to them."""

    def wanting(self, event: str) -> WebhookEndpointQuerySet:
        """Those that receive this event."""
        return self.filter(Q(event="") | Q(event=event), disabled_at=None)

    def disable(self, reason: str, *, now: datetime) -> int:
        """Send them nothing more and queue nothing new for them; returns how many were enabled before."""
        return self.filter(disabled_at=None).update(disabled_at=now, disabled_reason=reason)

    @transaction.atomic
    def enable(self, *, now: datetime) -> int:
        """Send to them again, beginning with what they have missed; returns how many were disabled before."""
        disabled = self.exclude(disabled_at=None).order_by("pk")
        chosen = list(disabled.select_for_update().values_list("pk", flat=True))
        WebhookDelivery.objects.filter(endpoint__in=chosen, next_try_at__gt=now).update(next_try_at=now)
        enabled = WebhookEndpoint.objects.filter(pk__in=chosen)
        return enabled.update(disabled_at=None, disabled_reason="", failing_since=None)


class WebhookEndpoint(models.Model):
    """A URL that receives one kind of event, or all."""

    url = models.URLField(max_length=500)
    secret = models.CharField(max_length=100, default=new_secret, editable=False)
    event = models.CharField(max_length=30, choices=Event, blank=True, default="", help_text="empty: all")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    # The time of its first failure since its last success.
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

    def clean(self) -> None:
        """Refuse a URL that nothing would be sent to."""
        try:
            check_host(self.url)
        except NotAllowed as error:
            raise ValidationError({"url": str(error)}) from error


class WebhookDeliveryQuerySet(models.QuerySet["WebhookDelivery"]):
    """Questions about many deliveries, and changes to them."""

    def due(self, *, now: datetime) -> WebhookDeliveryQuerySet:
        """Those to try at that time, the oldest first; not those of disabled endpoints."""
        due = self.filter(next_try_at__lte=now, endpoint__disabled_at=None)
        return due.order_by("next_try_at", "pk")

    def in_turns(self, *, now: datetime) -> WebhookDeliveryQuerySet:
        """What is due: the first delivery of each endpoint, then the second of each, and so on.

        So the first thousand hold some of every endpoint, however many are due to one of them.
        """
        turn = Window(RowNumber(), partition_by=F("endpoint"), order_by=("next_try_at", "pk"))
        return self.due(now=now).annotate(turn=turn).order_by("turn", "next_try_at", "pk")

    def stale(self, *, now: datetime) -> WebhookDeliveryQuerySet:
        """Delivered or given up, and older than `KEPT`."""
        return self.filter(next_try_at=None, created_at__lt=now - KEPT)

    def try_again(self, *, now: datetime) -> int:
        """Make those due now that are not delivered, also those given up; returns how many."""
        return self.filter(delivered_at=None).update(next_try_at=now)


class WebhookDelivery(models.Model):
    """One event for one endpoint. `next_try_at` is empty once it is delivered or given up."""

    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries")
    # The same for all tries, so that the receiver can recognise a repeat.
    message_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    event = models.CharField(max_length=30, choices=Event)
    payload = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now)
    attempts = models.IntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True, default=timezone.now)
    delivered_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=200, blank=True, default="")

    objects = WebhookDeliveryQuerySet.as_manager()

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
            ),
            models.Index(
                fields=["created_at"],
                condition=Q(next_try_at=None),
                name="crm_webhook_delivery_finished",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.message_id}"

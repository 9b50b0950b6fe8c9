"""Telling other systems of events: `emit` writes them to an outbox, and deliver_webhooks sends them.

`delivery` decides what becomes of each try, `sending` makes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from crm.clock import aware
from crm.models import Event, Order, WebhookDelivery, WebhookEndpoint

Data = Mapping[str, str | int]
"""What an event says about one thing."""


def emit(event: Event, *things: Data, now: datetime) -> None:
    """Queue this event, once for each of these things, for every endpoint that wants it.

    Only rows are written, in the caller's transaction: what is rolled back is never sent, and what is
    committed is sent even if this process dies right after.
    """
    endpoints = list(WebhookEndpoint.objects.wanting(event)) if things else []
    WebhookDelivery.objects.bulk_create(
        WebhookDelivery(endpoint=endpoint, event=event, payload=payload, created_at=now, next_try_at=now)
        for payload in [_payload(event, data, now) for data in things]
        for endpoint in endpoints
    )


def order_data(order: Order) -> Data:
    """What an event says about an order: nothing about the customer, as an endpoint may be anybody's."""
    return {
        "id": order.pk,
        "status": order.status,
        "total": f"{order.total_amount:.2f}",
        "order_date": order.order_date.isoformat(),
    }


def _payload(event: Event, data: Data, now: datetime) -> dict[str, object]:
    """The form that Standard Webhooks recommends."""
    return {"type": event.value, "timestamp": aware(now).astimezone(UTC).isoformat(), "data": dict(data)}

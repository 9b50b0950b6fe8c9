"""One try of a delivery: claim it, send it, and store the result."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from http import HTTPStatus

from django.db import transaction

from crm.models import WebhookDelivery, WebhookEndpoint
from crm.webhooks.sending import Unanswered, send

BACK_OFF = [
    # The first is longer than a try takes, or a second one could begin before the first has ended.
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    *(timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)),
]
"""The wait after each failed try, as Standard Webhooks advises: ten tries in a little over three days.

So an endpoint that is broken from Friday evening to Monday morning misses nothing.
"""
PERSISTENT = timedelta(days=3)
"""An endpoint is disabled if a delivery is given up and it has accepted nothing for so long."""

ACCEPTED = range(200, 300)
OUT_OF_SERVICE = {
    None,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
}


class Outcome(Enum):
    """The result of a try."""

    DELIVERED = "delivered"
    WAITING = "to be tried again"
    GIVEN_UP = "given up"


@dataclass(frozen=True)
class Try:
    """One try; `disabled` says why it disabled the endpoint, if it did."""

    delivery: int
    endpoint: int
    answer: str
    outcome: Outcome
    disabled: str = ""


def next_try(attempts: int, now: datetime) -> datetime | None:
    """When to try again after so many tries; None: never."""
    return now + BACK_OFF[attempts - 1] if attempts <= len(BACK_OFF) else None


def deliver(pk: int, *, due: datetime, now: datetime) -> Try | None:
    """Make the next try of a delivery, if it is still due; the one after it counts from `now`.

    Raises:
        RuntimeError: called in a transaction, so that nobody else could see the claim while it is sent.
    """
    delivery = WebhookDelivery.objects.due(now=due).select_related("endpoint").filter(pk=pk).first()
    if not delivery or not _claim(delivery, due, now):
        return None
    status, answer = _answer(delivery)
    if status in ACCEPTED:
        return _accepted(delivery, answer, now)
    if status in OUT_OF_SERVICE:
        _spare(delivery.endpoint, due, now)
    return _failed(delivery, answer, now, gone=status == HTTPStatus.GONE)


@transaction.atomic(durable=True)
def _claim(delivery: WebhookDelivery, due: datetime, now: datetime) -> bool:
    """Count the try before it is made: no other run makes the same one, and a crash costs only this try."""
    delivery.attempts += 1
    delivery.next_try_at = next_try(delivery.attempts, now)
    unclaimed = WebhookDelivery.objects.filter(pk=delivery.pk, next_try_at__lte=due)
    claimed = unclaimed.update(attempts=delivery.attempts, next_try_at=delivery.next_try_at)
    return claimed == 1


def _answer(delivery: WebhookDelivery) -> tuple[int | None, str]:
    """The HTTP status, None without an answer, and the same in words."""
    try:
        status = send(delivery)
    except Unanswered as error:
        return None, str(error)
    return status, f"HTTP {status}"


def _accepted(delivery: WebhookDelivery, answer: str, now: datetime) -> Try:
    if delivery.endpoint.failing_since:
        WebhookEndpoint.objects.filter(pk=delivery.endpoint_id).update(failing_since=None)
    delivered = WebhookDelivery.objects.filter(pk=delivery.pk)
    delivered.update(delivered_at=now, next_try_at=None, last_error="")
    return Try(delivery.pk, delivery.endpoint_id, answer, Outcome.DELIVERED)


def _failed(delivery: WebhookDelivery, answer: str, now: datetime, *, gone: bool = False) -> Try:
    """The claim has already stored when to try again, if ever."""
    WebhookDelivery.objects.filter(pk=delivery.pk).update(last_error=answer[:200])
    WebhookEndpoint.objects.filter(pk=delivery.endpoint_id, failing_since=None).update(failing_since=now)
    outcome = Outcome.WAITING if delivery.next_try_at else Outcome.GIVEN_UP
    disabled = _disable(delivery, answer, now, gone=gone)
    return Try(delivery.pk, delivery.endpoint_id, answer, outcome, disabled)


def _disable(delivery: WebhookDelivery, answer: str, now: datetime, *, gone: bool) -> str:
    """Disable the endpoint if it is gone, or if it has accepted nothing for days; returns why."""
    endpoint = WebhookEndpoint.objects.filter(pk=delivery.endpoint_id)
    reason = "It answered that it is gone (HTTP 410)."
    if not gone:
        if delivery.next_try_at:
            return ""
        endpoint = endpoint.filter(failing_since__lte=now - PERSISTENT)
        reason = f"It has accepted nothing for {PERSISTENT.days} days; last: {answer}."[:200]
    return reason if endpoint.disable(reason, now=now) else ""


def _spare(endpoint: WebhookEndpoint, due: datetime, now: datetime) -> None:
    """Put off everything else that is due to an endpoint out of service.

    One try shows as much as a hundred would, and other endpoints would wait for each of them.
    """
    endpoint.deliveries.filter(next_try_at__lte=due).update(next_try_at=now + BACK_OFF[0])

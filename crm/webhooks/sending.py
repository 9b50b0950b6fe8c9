"""Sending one delivery, signed by the Standard Webhooks scheme."""

from __future__ import annotations

import json
from http.client import HTTPException

from django.utils import timezone
from standardwebhooks import Webhook

from crm import conf
from crm.addresses import Refused
from crm.models import WebhookDelivery
from crm.webhooks.transport import post

USER_AGENT = "crm-webhooks/1"


class Unanswered(Exception):
    """There was no answer. The message says why, and nothing in the endpoint's own words."""


def send(delivery: WebhookDelivery) -> int:
    """Send it; returns the HTTP status of the answer.

    Raises:
        Unanswered: there was none, or not in time.
    """
    body = json.dumps(delivery.payload)
    headers = _signed(delivery, body)
    try:
        return post(delivery.endpoint.url, body.encode(), headers, seconds=conf.webhook_timeout())
    except (OSError, HTTPException, ValueError) as error:
        raise Unanswered(_why(error)) from error


def _signed(delivery: WebhookDelivery, body: str) -> dict[str, str]:
    """The headers for exactly this body, now: receivers refuse what was signed minutes ago."""
    message_id, now = str(delivery.message_id), timezone.now()
    signature = Webhook(delivery.endpoint.secret).sign(message_id, now, body)
    return {
        "content-type": "application/json",
        "user-agent": USER_AGENT,
        "connection": "close",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signature,
    }


def _why(error: Exception) -> str:
    if isinstance(error, Refused):
        return str(error).rstrip(".")
    if isinstance(error, TimeoutError):
        return f"no whole answer within {conf.webhook_timeout():g} s"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return f"no HTTP answer ({type(error).__name__})"

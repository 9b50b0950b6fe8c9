"""Sending one delivery, signed by the Standard Webhooks scheme."""

from __future__ import annotations

import json

import requests
from django.utils import timezone
from standardwebhooks import Webhook

from crm import conf
from crm.models import WebhookDelivery
from crm.models.webhook import NotAllowed, check_host

USER_AGENT = "crm-webhooks/1"


class Unanswered(Exception):
    """There was no answer. The message says why, in our own words only."""


def send(delivery: WebhookDelivery) -> int:
    """Send it; returns the HTTP status of the answer. Its body is not read, and a redirect not followed.

    Raises:
        Unanswered: there was none, or it came too late.
    """
    url, body = delivery.endpoint.url, json.dumps(delivery.payload)
    try:
        # As the library that sends reads the URL, or a trick in it could lead elsewhere.
        check_host(requests.Request("POST", url).prepare().url or "")
        with requests.post(
            url,
            data=body.encode(),
            headers=_signed(delivery, body),
            timeout=conf.webhook_timeout(),
            allow_redirects=False,
            stream=True,
        ) as answer:
            return answer.status_code
    except (requests.RequestException, NotAllowed) as error:
        raise Unanswered(_why(error)) from error


def _signed(delivery: WebhookDelivery, body: str) -> dict[str, str]:
    """The headers for exactly this body, signed now: receivers refuse an old signature."""
    message_id, now = str(delivery.message_id), timezone.now()
    signature = Webhook(delivery.endpoint.secret).sign(message_id, now, body)
    return {
        "content-type": "application/json",
        "user-agent": USER_AGENT,
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signature,
    }


def _why(error: Exception) -> str:
    """By the kind of the error: its text may quote the URL, or what the endpoint wrote."""
    if isinstance(error, NotAllowed):
        return str(error).rstrip(".")
    if isinstance(error, requests.Timeout):
        return f"no answer within {conf.webhook_timeout():g} s"
    cause = getattr(error.args[0], "reason", None) if error.args else None
    return f"no answer ({type(cause or error).__name__})"

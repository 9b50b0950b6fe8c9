"""A signed webhook, as https://www.standardwebhooks.com describes it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from typing import Any

from jobs_api import clock, conf, outgoing
from jobs_api.alerts.channel import Channel, ChannelError
from jobs_api.alerts.message import Message

PREFIX = "whsec_"
SHORTEST, LONGEST = 24, 64
"""Bytes of a secret, as the specification bounds them."""
MAKE = (
    'python -c "import base64, secrets; '
    "print('whsec_' + base64.b64encode(secrets.token_bytes(32)).decode())\""
)
GONE = 410
BUSY = (429, 503)


class Webhook(Channel):
    """A POST of JSON: {"type": "alert.opened", "timestamp": ..., "data": {...}}."""

    options = {"URL": str, "SECRET": str}
    required = ("URL", "SECRET")
    secrets = ("URL", "SECRET")

    def faults(self, options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """A URL that cannot be called, and secrets that are none."""
        if fault := outgoing.url_fault(options["URL"]):
            yield f"URL: {fault}", 'Such as "https://hooks.example.com/jobs".'
        if not keys(options["SECRET"]):
            yield "SECRET is empty", f"Make one with: {MAKE}"
        elif None in keys(options["SECRET"]):
            text = f"SECRET is not {PREFIX} and the base64 of {SHORTEST} to {LONGEST} bytes"
            yield text, f"Make one with: {MAKE}; several, separated by commas, while you rotate it."

    def cautions(self, options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Output of commands that travels in clear."""
        if conf.requires_https() and options["URL"].startswith("http:"):
            yield "URL is http: whoever is on the way can read the alerts", "Use https."

    def send(self, message: Message, options: Mapping[str, Any], *, seconds: float) -> None:
        """Send it; every 2xx means that it was taken."""
        body = _body(message)
        headers = {"content-type": "application/json", **signed(message.id, body, options["SECRET"])}
        try:
            answer = outgoing.post(options["URL"], body=body, headers=headers, seconds=seconds)
        except outgoing.OutgoingError as error:
            raise ChannelError(error.why) from error
        if not answer.ok:
            wait = answer.retry_after() if answer.status in BUSY else None
            raise ChannelError(_why(answer.status), retry_after=wait, for_good=answer.status == GONE)


def signed(id: str, body: bytes, secret: str, at: float | None = None) -> dict[str, str]:
    """The headers that prove who sent a body, and when; one signature for each secret."""
    timestamp = str(int(clock.estimate().timestamp() if at is None else at))
    content = b".".join((id.encode(), timestamp.encode(), body))
    digests = (hmac.new(key, content, hashlib.sha256).digest() for key in keys(secret) if key)
    signature = " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests)
    return {"webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature}


def keys(secret: str) -> list[bytes | None]:
    """The keys of a secret, or of several with commas between; None for one that is not valid."""
    return [_key(part.strip()) for part in secret.split(",") if part.strip()]


def _key(secret: str) -> bytes | None:
    if not secret.startswith(PREFIX):
        return None
    encoded = secret.removeprefix(PREFIX)
    try:
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    return key if SHORTEST <= len(key) <= LONGEST else None


def _body(message: Message) -> bytes:
    data = {**message.facts, "title": message.subject, "text": message.text}
    at = message.facts.get("at") or clock.estimate().isoformat()
    return json.dumps({"type": f"alert.{message.event}", "timestamp": at, "data": data}, default=str).encode()


def _why(status: int) -> str:
    if status == GONE:
        return "it answered 410: it does not exist any more"
    if status in (401, 403):
        return f"it answered {status}: it does not accept the signature, or the sender"
    return f"it answered {status}"


channel = Webhook()

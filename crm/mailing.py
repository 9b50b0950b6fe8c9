"""Sending a mail once, however often the job that sends it is tried."""

from __future__ import annotations

from datetime import datetime

from django.core.mail import EmailMessage
from django.db import transaction

from crm.models import SentMail


def send_once(key: str, message: EmailMessage, *, now: datetime) -> bool:
    """Send `message`, unless one with that key has gone out. True if sent.

    The row comes first and is committed with the mail: if sending fails, it is rolled back and the
    next try sends. Only a process that dies between the two repeats a mail; none is ever lost.
    """
    with transaction.atomic():
        _, new = SentMail.objects.get_or_create(key=key, defaults={"sent_at": now})
        if new:
            message.send()
    return new

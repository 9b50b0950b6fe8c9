"""The mails of jobs: as text and HTML, many over one connection, each of them sent once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from smtplib import SMTPRecipientsRefused
from typing import NamedTuple, Self

from django.contrib.auth import get_user_model
from django.core import mail
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.core.management.base import CommandError
from django.db import transaction
from django.template.loader import render_to_string

from crm.clock import aware
from crm.models import SentMail

NOTED = timedelta(days=2 * 365)
"""How long the note of a sent mail is kept: well over the 400 days in which a slot can be rerun."""


class NotSent(Exception):
    """The mail backend reports no error, and no mail either."""


class Colleague(NamedTuple):
    """A user who looks after this app."""

    pk: int
    email: str


class Mailer:
    """Sends the mails of one job. A mail that is refused does not stop the others.

    A mail is sent inside the transaction that stores a note of it. If it fails, the note is rolled back
    and the next try sends it. Only a process that dies between the two repeats a mail; none is ever lost.
    On SQLite, others who write wait while the mail server accepts one mail: the connection is open
    already, and EMAIL_TIMEOUT bounds each wait for an answer.
    """

    def __init__(self, write: Callable[[str], object]) -> None:
        self._write, self._connection, self._failed = write, _connection(), 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    @contextmanager
    def trying(self, what: str) -> Iterator[None]:
        """A block that sends one mail. A failure is written to the output and counted, and work goes on.

        Raises:
            CommandError: the mail server cannot be used, so that the next mail would fail, too.
        """
        self._open()
        try:
            yield
        except (OSError, ValueError, NotSent) as error:
            self._connection.close()  # it may be broken, so the next mail gets another
            self._failed += 1
            self._write(f"{what}: not sent ({reason(error)}).")

    def send(self, message: EmailMessage) -> None:
        """Send it, or raise one of the errors that `trying` knows."""
        if self._connection.send_messages([message]) != 1:
            raise NotSent

    @transaction.atomic(durable=True)
    def send_once(self, key: str, message: EmailMessage, *, now: datetime) -> bool:
        """Send `message`, unless one with that key has gone out. True if sent."""
        _, new = SentMail.objects.get_or_create(key=key, defaults={"sent_at": now})
        if new:
            self.send(message)
        return new

    def finish(self) -> None:
        """End the job.

        Raises:
            CommandError: some of its mails were not sent.
        """
        if self._failed:
            raise CommandError(f"Mails that were not sent: {self._failed}. The output says which and why.")

    def _open(self) -> None:
        """Before a transaction rather than in it, where the database would wait for the handshake."""
        try:
            self._connection.open()
        except OSError as error:
            raise CommandError(
                f"The mail server cannot be used: {reason(error)}. Is EMAIL_URL right?"
            ) from error


def compose(template: str, context: Mapping[str, object], *, subject: str, to: str) -> EmailMultiAlternatives:
    """A mail of crm/mail/`template`.txt and .html to one address."""
    text, html = (render_to_string(f"crm/mail/{template}.{kind}", {**context}) for kind in ("txt", "html"))
    return EmailMultiAlternatives(subject, text, to=[to], alternatives=[(html, "text/html")])


def reachable_staff() -> list[Colleague]:
    """Active staff users with an e-mail address."""
    users = get_user_model().objects.filter(is_active=True, is_staff=True).exclude(email="")
    return [Colleague(pk, email) for pk, email in users.order_by("pk").values_list("pk", "email")]


def key(what: str, slot: datetime, whom: object) -> str:
    """Names a mail for `send_once`: what it is, for which slot and to whom."""
    return f"{what} {aware(slot).astimezone(UTC).isoformat()} {whom}"


def forget(*, now: datetime) -> int:
    """Delete the notes of mails that no rerun could send again; returns how many."""
    return SentMail.objects.filter(sent_at__lt=now - NOTED).delete()[0]


def reason(error: Exception) -> str:
    """What went wrong, without the address that mail servers like to repeat."""
    refused = error.recipients.values() if isinstance(error, SMTPRecipientsRefused) else ()
    detail = next((code for code, _ in refused), None)
    detail = detail or getattr(error, "smtp_code", None) or getattr(error, "strerror", None)
    return " ".join(str(part) for part in (type(error).__name__, detail) if part)


def _connection() -> BaseEmailBackend:
    """A new one. Django has `mailers` since 6.1, where the older name is deprecated."""
    return mail.mailers.default if hasattr(mail, "mailers") else mail.get_connection()

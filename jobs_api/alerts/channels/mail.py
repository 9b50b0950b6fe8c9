"""Mail, by the mail settings of the host."""

from __future__ import annotations

import re
import smtplib
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from django.core import mail
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from jobs_api import conf, in_tests
from jobs_api.alerts.channel import Channel, ChannelError
from jobs_api.alerts.message import Message
from jobs_api.outgoing import reason
from jobs_api.text import one_line

_DOMAIN = re.compile(r"[A-Za-z0-9.-]+", re.ASCII)


class Mail(Channel):
    """Text, and HTML that says the same, to one or more addresses, all in one mail."""

    options = {"TO": list, "FROM": str}
    required = ("TO",)
    look_at = (
        "Mail is sent by the project's own mail settings: EMAIL_HOST, EMAIL_PORT and so on; "
        "`manage.py sendtestemail` tries the same."
    )

    def faults(self, options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Addresses that are none."""
        senders = [options["FROM"]] if options.get("FROM") else []
        for key, addresses in (("TO", options["TO"]), ("FROM", senders)):
            for address in addresses:
                if not _is_address(address):
                    yield (
                        f"{key} has {address!r:.100}, which is not a mail address",
                        "Such as ops@example.com.",
                    )

    def cautions(self, options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """A backend that sends nothing, and a sender that nobody has set: many servers refuse it."""
        if instead := _instead_of_sending():
            text = f"the project's mail backend {instead}: every alert counts as sent, and nobody hears of it"
            yield text, "Where people have to hear of alerts, use a backend that sends, such as smtp."
        if not options.get("FROM") and conf.sender() == "webmaster@localhost":
            hint = "Set FROM in the channel, or DEFAULT_FROM_EMAIL."
            yield "neither FROM nor DEFAULT_FROM_EMAIL says who sends: mail from webmaster@localhost", hint

    def send(self, message: Message, options: Mapping[str, Any], *, seconds: float) -> None:
        """Send it; taken means that the mail server has it."""
        connection = _connection(seconds)
        try:
            taken = connection.send_messages([_mail(message, options)])
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            raise ChannelError(_refused("every recipient", codes)) from error
        except smtplib.SMTPResponseException as error:
            raise ChannelError(_refused(_STEPS.get(type(error), "the message"), [error.smtp_code])) from error
        except smtplib.SMTPException as error:  # it hides the time-out that it came of
            late = isinstance(error.__context__, TimeoutError)
            why = (
                f"no answer within {round(seconds, 1):g} s"
                if late
                else f"it broke off ({type(error).__name__})"
            )
            raise ChannelError(f"mail server: {why}") from error
        except OSError as error:
            raise ChannelError(f"mail server: {reason(error, seconds)}") from error
        if not taken:
            raise ChannelError("the mail backend took nothing")


_SENDS_NOTHING = {
    "console": "prints mail",
    "dummy": "drops mail",
    "filebased": "writes mail to files",
    "locmem": "keeps mail in memory",
}
"""Django's own backends that are meant for development and tests, and what each does instead."""


def _instead_of_sending() -> str:
    backend = conf.mail_backend()
    name = backend.removeprefix("django.core.mail.backends.").removesuffix(".EmailBackend")
    if name == "locmem" and in_tests.is_set_up():  # by Django's own runner, or pytest's
        return ""
    return _SENDS_NOTHING.get(name, "")


_STEPS: Mapping[type[Exception], str] = {
    smtplib.SMTPAuthenticationError: "the login",
    smtplib.SMTPSenderRefused: "the sender",
    smtplib.SMTPConnectError: "the connection",
    smtplib.SMTPHeloError: "the greeting",
}


def _refused(what: str, codes: list[int]) -> str:
    return f"the mail server refused {what} ({', '.join(map(str, sorted(set(codes))))})"


def _connection(seconds: float) -> Any:
    """The host's mail backend, which waits for a server no longer than this; by default it has no limit."""
    found: Any = mail.mailers.default if hasattr(mail, "mailers") else mail.get_connection()
    if hasattr(found, "timeout"):
        found.timeout = min(found.timeout or seconds, seconds)
    return found


def _mail(message: Message, options: Mapping[str, Any]) -> mail.EmailMessage:
    sender = options.get("FROM") or conf.sender()
    domain = _domain(sender)
    headers = {
        "Message-ID": f"<{message.id}@{domain}>",  # the same for each try, so that a repeat is recognised
        "Auto-Submitted": "auto-generated",  # no automatic reply, no note of absence
        "X-Auto-Response-Suppress": "All",
    }
    if message.thread != message.id:
        headers |= dict.fromkeys(("In-Reply-To", "References"), f"<{message.thread}@{domain}>")
    subject, to = one_line(message.subject), list(options["TO"])
    found = mail.EmailMultiAlternatives(subject, message.text, sender, to, headers=headers)
    if message.html:
        found.attach_alternative(message.html, "text/html")
    return found


def _domain(sender: str) -> str:
    """What makes ids unique in the world: the host of BASE_URL, or the sender's domain."""
    host = urlsplit(conf.config().base_url).hostname
    domain = sender.rpartition("@")[2].strip(" >")
    return host or (domain if _DOMAIN.fullmatch(domain) else "jobs-api.invalid")


def _is_address(text: str) -> bool:
    """Whether it is an address, such as ops@example.com or "Ops <ops@localhost>"."""
    inner = text[text.index("<") + 1 : -1] if text.endswith(">") and "<" in text else text
    try:
        validate_email(inner)
    except ValidationError:
        return False
    return text.isprintable()


channel = Mail()

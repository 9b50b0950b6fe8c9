"""System checks of the app's settings, each with id and hint."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email

from crm import conf

NOT_IN_HUNDREDTHS = (
    "bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf"  # no decimals
    " bhd jod kwd omr tnd"  # three
)
"""Currencies whose smallest unit is another for the payment provider."""
HOST = re.compile(r"\.?[a-z0-9-]+(\.[a-z0-9-]+)*|[0-9a-f]*:[0-9a-f:]*:[0-9a-f.]*", re.IGNORECASE)
"""A name, perhaps with all its subdomains, or an IP address."""


def register() -> None:
    """Tell Django's check framework."""
    checks.register(check_production, "crm")
    checks.register(check_currency, "crm")
    checks.register(check_urls, "crm")
    checks.register(check_seconds, "crm")
    checks.register(check_recipients, "crm")
    checks.register(check_webhook_hosts, "crm")
    checks.register(check_graphql_deployment, "crm", deploy=True)


def check_production(**_: Any) -> list[checks.CheckMessage]:
    """What is for a person's own machine, on a server: the app ignores it, but somebody counts on it."""
    found = {
        "crm.E001": ("CRM_GRAPHIQL", "GraphiQL loads scripts from elsewhere"),
        "crm.E002": ("CRM_OPEN_READING", "anybody could read all customers"),
    }
    return [
        checks.Error(
            f"{name} is on while DEBUG is off: {why}.",
            hint=f"Remove {name} from these settings.",
            id=number,
        )
        for number, (name, why) in found.items()
        if getattr(settings, name, False) and not settings.DEBUG
    ]


def check_currency(**_: Any) -> list[checks.CheckMessage]:
    """Prices have two decimals, and are sent to the payment provider in hundredths."""
    code = conf.currency()
    if len(code) == 3 and code.isascii() and code.isalpha() and code not in NOT_IN_HUNDREDTHS:
        return []
    text = f"CRM_CURRENCY is {code!r:.20}, not a currency with two decimals."
    return [checks.Error(text, hint="Name one by its three letters, such as usd or eur.", id="crm.E003")]


def check_urls(**_: Any) -> list[checks.CheckMessage]:
    """Each is empty, or the address of a server. It may hold a password: nothing is quoted."""
    given = {
        "crm.E004": ("CRM_GRAPHQL_URL", conf.graphql_url(), "https://crm.example.com/graphql"),
        "crm.E005": ("CRM_MODERATION_URL", conf.moderation_url(), "https://moderation.example.com/judge"),
        "crm.E006": ("STRIPE_API_BASE", conf.stripe_api_base(), "https://stripe.example.com"),
    }
    return [
        checks.Error(
            f"{name} is not an http or https address.",
            hint=f"Write one such as {example}, or leave it empty.",
            id=number,
        )
        for number, (name, url, example) in given.items()
        if url and not _is_http(url)
    ]


def check_seconds(**_: Any) -> list[checks.CheckMessage]:
    """A webhook waits twice, for a connection and for an answer: longer, it would outlast its job."""
    given = {
        "crm.E007": ("CRM_GRAPHQL_TIMEOUT", conf.graphql_timeout, 600),
        "crm.E008": ("CRM_WEBHOOK_TIMEOUT", conf.webhook_timeout, 20),
    }
    return [
        checks.Error(
            f"{name} is not a number of seconds from 0.1 to {most}.",
            hint="Write one such as 10 or 2.5, or leave it out.",
            id=number,
        )
        for number, (name, seconds, most) in given.items()
        if not _is_within(seconds, most)
    ]


def check_recipients(**_: Any) -> list[checks.CheckMessage]:
    """A text that is not an address would fail every weekly report."""
    wrong = [address for address in conf.report_recipients() if not _is_email(address)]
    if not wrong:
        return []
    text = f"CRM_REPORT_RECIPIENTS has {wrong[0]!r:.80}, which is not an e-mail address."
    hint = "Write addresses such as boss@example.com, separated by commas, or leave it empty."
    return [checks.Error(text, hint=hint, id="crm.E009")]


def check_webhook_hosts(**_: Any) -> list[checks.CheckMessage]:
    """Something else would match no host, and `*` would match every host, also this server's neighbours."""
    wrong = [host for host in conf.webhook_hosts() if not HOST.fullmatch(host)]
    if not wrong:
        return []
    text = f"CRM_WEBHOOK_HOSTS has {wrong[0]!r:.80}, which is not the name of a host."
    hint = "Write hooks.example.com, or .example.com for all its subdomains: no scheme, no port, no *."
    return [checks.Error(text, hint=hint, id="crm.E010")]


def check_graphql_deployment(**_: Any) -> list[checks.CheckMessage]:
    """Jobs that ask a server do so with a key, which nobody on the way should read."""
    url = conf.graphql_url()
    if not url or (url.startswith("https:") and conf.graphql_token()):
        return []
    text = "CRM_GRAPHQL_URL is set without https, or without CRM_GRAPHQL_TOKEN."
    hint = "Use https, and the key that `manage.py crm_api_key create` prints on that server."
    return [checks.Warning(text, hint=hint, id="crm.W001")]


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is not a number, or half an IPv6 address
        return False


def _is_within(seconds: Callable[[], float], most: float) -> bool:
    try:
        return 0.1 <= seconds() <= most
    except ImproperlyConfigured:
        return False


def _is_email(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True

"""The app's settings with their defaults, read when they are needed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


def log_dir() -> Path:
    """CRM_LOG_DIR: where the heartbeat, the report and the restocking are logged."""
    return _folder("CRM_LOG_DIR", "log")


def archive_dir() -> Path:
    """CRM_ARCHIVE_DIR: where runs go before they are pruned."""
    return _folder("CRM_ARCHIVE_DIR", "archive")


def graphiql() -> bool:
    """CRM_GRAPHIQL: show GraphiQL to browsers; in development only, whatever the setting says."""
    return settings.DEBUG and bool(_setting("CRM_GRAPHIQL", False))


def open_reading() -> bool:
    """CRM_OPEN_READING: answer queries of anybody; in development only, whatever the setting says."""
    return settings.DEBUG and bool(_setting("CRM_OPEN_READING", False))


def graphql_url() -> str:
    """CRM_GRAPHQL_URL: the GraphQL server that jobs ask; empty: the schema in their own process."""
    return str(_setting("CRM_GRAPHQL_URL", ""))


def graphql_token() -> str:
    """CRM_GRAPHQL_TOKEN: the API key for that server."""
    return str(_setting("CRM_GRAPHQL_TOKEN", ""))


def graphql_timeout() -> float:
    """CRM_GRAPHQL_TIMEOUT: how many seconds to wait for that server, 0.1 to 600."""
    return _seconds("CRM_GRAPHQL_TIMEOUT")


def report_recipients() -> list[str]:
    """CRM_REPORT_RECIPIENTS: who gets the weekly report; nobody: staff users with an e-mail address."""
    return [address.strip() for address in _setting("CRM_REPORT_RECIPIENTS", [])]


def currency() -> str:
    """CRM_CURRENCY: what prices are in, ISO 4217 in small letters."""
    return str(_setting("CRM_CURRENCY", "usd")).lower()


def stripe_api_key() -> str:
    """STRIPE_API_KEY: the payment provider's secret key."""
    return str(_setting("STRIPE_API_KEY", ""))


def stripe_api_base() -> str:
    """STRIPE_API_BASE: another server that speaks Stripe's API; empty: Stripe."""
    return str(_setting("STRIPE_API_BASE", ""))


def webhook_hosts() -> list[str]:
    """CRM_WEBHOOK_HOSTS: where webhooks may go, written as in ALLOWED_HOSTS; nobody is told without."""
    return [host.strip() for host in _setting("CRM_WEBHOOK_HOSTS", [])]


def webhook_timeout() -> float:
    """CRM_WEBHOOK_TIMEOUT: seconds to wait for a connection, and again for an answer, 0.1 to 20."""
    return _seconds("CRM_WEBHOOK_TIMEOUT")


def moderation_url() -> str:
    """CRM_MODERATION_URL: a service that judges uploads; empty: the model on this machine."""
    return str(_setting("CRM_MODERATION_URL", ""))


def moderation_token() -> str:
    """CRM_MODERATION_TOKEN: sent to that service as a bearer token."""
    return str(_setting("CRM_MODERATION_TOKEN", ""))


def _folder(setting: str, name: str) -> Path:
    """Below the project by default: whatever is in /tmp, every account of the machine can read."""
    return Path(_setting(setting, None) or Path(settings.BASE_DIR) / "var" / name)


def _seconds(setting: str) -> float:
    try:
        return float(_setting(setting, 10))
    except (TypeError, ValueError) as error:
        text = f"{setting} is not a number of seconds: write one, such as 10 or 2.5."
        raise ImproperlyConfigured(text) from error


def _setting(name: str, default: Any) -> Any:
    return getattr(settings, name, default)

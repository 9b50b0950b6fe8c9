"""Chats and pagers by apprise: Slack, Teams, Telegram, PagerDuty and many more. An extra."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from typing import Any

from jobs_api.alerts.channel import Channel, ChannelError
from jobs_api.alerts.message import Message
from jobs_api.text import loggers, one_line

PIP = 'pip install "django-jobs-api[apprise]"'
TYPES = {"error": "failure", "warning": "warning", "ok": "success"}
_MENTION = re.compile(
    r"(?<![\w.])@(?=[\w&])|@(?=(?:everyone|here)(?![a-z0-9])|&?\d)|<(?=[!@#&/A-Za-z])|\](?=\(\S)",
    re.IGNORECASE,
)
"""Discord calls everyone also in the middle of a word; an address of mail stays as it is."""
_BREAK = "\u200b"
"""A space of no width: what stands behind it calls nobody, and links nowhere."""
_ours = threading.local()


class Apprise(Channel):
    """What an apprise URL names; with several, each is sent to."""

    options = {"URL": str, "URLS": list}
    secrets = ("URL", "URLS")

    def faults(self, options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """No library, no URL, or one that apprise does not know."""
        if find_spec("apprise") is None:
            yield "apprise is not installed", f"{PIP}, or remove the channel."
            return
        urls = _urls(options)
        if not urls:
            yield "it has neither URL nor URLS", 'Such as {"URL": env("SLACK_URL")}: see docs/alerts.md.'
        for number, url in enumerate(urls, start=1):
            if _service(url) is None:
                which = f"URL number {number}" if len(urls) > 1 else "the URL"
                hint = "https://appriseit.com lists the forms, such as slack://... or tgram://..."
                yield f"{which} is not one that apprise knows", hint

    def send(self, message: Message, options: Mapping[str, Any], *, seconds: float) -> None:
        """Send it to each URL; it is taken if all have taken it."""
        services = [_service(url) for url in _urls(options)]
        refused = [service for service in services if not _notify(service, message, seconds)]
        if refused:
            names = ", ".join(sorted({_name(service) for service in refused}))
            of = f" {len(refused)} of {len(services)}:" if len(services) > 1 else ""
            raise ChannelError(f"apprise could not deliver it:{of} {names}")


def harmless(text: str) -> str:
    """Text that no chat reads as a mention, a link with another name, or markup of its own."""
    return _MENTION.sub(lambda match: match[0] + _BREAK, text)


def _urls(options: Mapping[str, Any]) -> list[str]:
    one = options.get("URL")
    return [url for url in [*([one] if one else []), *(options.get("URLS") or ())] if url.strip()]


def _service(url: str) -> Any:
    """The service that a URL names, with our limits; None if apprise does not know it."""
    import apprise

    # It would send in threads of a pool, which are waited for when the process ends, however long they hang.
    asset = apprise.AppriseAsset(async_mode=False)
    asset._service_timeout = 0
    with _silence():
        found = apprise.Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
    if found is not None:
        # Through a redirect a message, and what is secret in its headers, would go elsewhere.
        found.redirects = False
        found.overflow_mode = apprise.OverflowMode.TRUNCATE  # never many messages in the place of one
    return found


def _notify(service: Any, message: Message, seconds: float) -> bool:
    """Whether the service took it."""
    import apprise

    service.socket_connect_timeout = min(service.socket_connect_timeout or seconds, seconds)
    service.socket_read_timeout = min(service.socket_read_timeout or seconds, seconds)
    _tie_together(service, message.thread)
    sender = apprise.Apprise()
    sender.add(service)
    with _silence():
        return bool(
            sender.notify(
                body=harmless(message.text),
                title=harmless(one_line(message.subject)),
                notify_type=apprise.NotifyType(TYPES.get(message.severity, "info")),
                body_format=apprise.NotifyFormat.TEXT,
            )
        )


def _tie_together(service: Any, thread: str) -> None:
    """Where a pager knows incidents, all messages about one are one, and its end resolves it.

    By default PagerDuty would wake somebody to say that it is over.
    """
    if hasattr(service, "dedup") and not service.dedup:
        service.dedup = thread
        if getattr(service, "action", None) == "trigger":
            service.action = "map"


def _name(service: Any) -> str:
    """The name of the service, such as Slack; nothing of its URL."""
    return one_line(str(getattr(service, "service_name", None) or type(service).__name__))[:40]


class _silence:
    """Keep quiet what apprise logs in this thread: it quotes URLs, which are secrets."""

    def __enter__(self) -> None:
        for name in ("apprise", "urllib3.connectionpool"):
            loggers.keep_from(name, _not_ours)
        _ours.depth = getattr(_ours, "depth", 0) + 1

    def __exit__(self, *error: object) -> None:
        _ours.depth -= 1


def _not_ours(record: logging.LogRecord) -> bool:
    return not getattr(_ours, "depth", 0)


channel = Apprise()

"""What comes of a request: an answer, or the reason why there is none."""

from __future__ import annotations

import dataclasses
import errno
import http.client
import os
import socket
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.error import URLError

from jobs_api import clock

DAY = 86400


class OutgoingError(Exception):
    """There was no usable answer. The text says why in one line, without the URL and without secrets."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclasses.dataclass(frozen=True, slots=True)
class Response:
    """An answer, whatever its status is, but no redirect."""

    status: int
    text: str
    """Its body: at most 64 KB."""
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """By their names in lower case."""

    @property
    def ok(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300

    def retry_after(self, now: datetime | None = None) -> float | None:
        """In how many seconds it asks to be called again, at most a day; None if it does not say."""
        value = self.headers.get("retry-after", "").strip()
        if value.isascii() and value.isdigit():
            return float(min(int(value[:9]), DAY))
        try:
            at = parsedate_to_datetime(value)
            seconds = (at.astimezone(UTC) - (now or clock.estimate())).total_seconds()
        except (ValueError, TypeError, OverflowError):
            return None
        return min(max(seconds, 0.0), float(DAY))


_KINDS: tuple[tuple[type[BaseException], str], ...] = (
    (socket.gaierror, "the name of its host cannot be resolved"),
    (ConnectionRefusedError, "the connection was refused"),
    (http.client.RemoteDisconnected, "it closed the connection without an answer"),
    (http.client.InvalidURL, "the URL is not valid"),
    (http.client.IncompleteRead, "it closed the connection in the middle of its answer"),
    (http.client.HTTPException, "its answer is not HTTP"),
    (ConnectionError, "it closed the connection"),
    (ssl.SSLError, "the encrypted connection failed"),
    (UnicodeError, "the URL is not valid"),
)


def reason(error: BaseException, seconds: float) -> str:
    """Why a request failed, by the kind of the error: its own text may quote the URL."""
    if isinstance(error, URLError) and isinstance(error.reason, BaseException):
        error = error.reason
    if isinstance(error, TimeoutError):
        return f"no answer within {round(seconds, 1):g} s"
    if isinstance(error, ssl.SSLCertVerificationError):
        return "its certificate is not valid" + _of_certificate(error)
    for kind, text in _KINDS:
        if isinstance(error, kind):
            return text
    if isinstance(error, OSError) and error.errno is not None and error.errno in errno.errorcode:
        return f"no connection: {os.strerror(error.errno)}"
    return f"no connection ({type(error).__name__})"


def _of_certificate(error: ssl.SSLCertVerificationError) -> str:
    """What OpenSSL says of it, but for a host's name."""
    text = str(getattr(error, "verify_message", ""))
    return ": it is for another host" if "mismatch" in text.lower() else f": {text[:100]}" if text else ""

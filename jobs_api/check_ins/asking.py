"""One request to a monitor over HTTP, and what its answer means."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlencode

from jobs_api import outgoing
from jobs_api.check_ins.monitor import MonitorError

LONGEST_WAIT = 60.0
"""The most of a `Retry-After` that is obeyed, in seconds."""


def address(base: str, *parts: str, query: Mapping[str, str] | None = None) -> str:
    """A URL below `base`; each part is quoted as one segment of its path."""
    path = "/".join(quote(part, safe="") for part in parts)
    return f"{base.rstrip('/')}/{path}" + (f"?{urlencode(query)}" if query else "")


def ask(
    url: str,
    *,
    seconds: float,
    method: str = "POST",
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    means: Mapping[int, str] | None = None,
) -> str:
    """Send a request; returns the text of an answer from 200 to 299.

    Args:
        means: what a status means here, for the error.

    Raises:
        MonitorError: there was no answer, or another one.
    """
    try:
        answer = outgoing.post(
            url, body=body, headers=headers or {}, seconds=max(seconds, 0.05), method=method
        )
    except outgoing.OutgoingError as error:
        raise MonitorError(error.why, again=True) from None
    if answer.ok:
        return answer.text
    meaning = (means or {}).get(answer.status)
    text = f"it answered {answer.status}" + (f": {meaning}" if meaning else "")
    again = answer.status in (408, 429) or answer.status >= 500
    raise MonitorError(text, again=again, after=min(answer.retry_after() or 0, LONGEST_WAIT))


def nonsense(expected: str) -> MonitorError:
    """The error for an answer of 200 that is not the monitor's own: of a proxy, or of another site."""
    return MonitorError(f"it answered 200, but not {expected}: is the URL right?")

"""`Message`: what a channel sends."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

EVENTS = ("opened", "again", "reminder", "recovered", "summary", "test")
"""What a message may tell. A "summary" takes the place of many that wait for one channel at once."""


@dataclasses.dataclass(frozen=True, slots=True)
class Message:
    """One message to one channel, written for a person who was just woken."""

    id: str
    """The same for each try to send it, so that a receiver can recognise a repeat."""
    thread: str
    """The id of the first message about the same incident: what follows belongs to it."""
    event: str
    """One of `EVENTS`."""
    kind: str
    """One of `jobs_api.alerts.kinds.KINDS`, or "summary" or "test"."""
    severity: str
    """ "error", "warning" or "ok"."""
    subject: str
    """One line: what is so, the job, the error."""
    text: str
    """Plain text: job, slot, what happened, the last lines of output, runbook, links."""
    facts: Mapping[str, Any]
    """The same for programs, as JSON."""
    html: str = ""
    """What `text` says, for channels that show more than text; "" for a summary or a test."""

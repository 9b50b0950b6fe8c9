"""`Message`: what a channel sends."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

EVENTS = ("opened", "again", "reminder", "recovered", "test")


@dataclasses.dataclass(frozen=True, slots=True)
class Message:
    """One message to one channel, written for a person who was just woken."""

    id: str
    """The same for each try to send it, so that a receiver can recognise a repeat."""
    event: str
    """One of `EVENTS`."""
    kind: str
    """One of `jobs_api.alerts.kinds.KINDS`, or "test"."""
    severity: str
    """ "error", "warning" or "ok"."""
    subject: str
    """One line: what is so, the job, the error."""
    text: str
    """Plain text: job, slot, what happened, the last lines of output, runbook, links."""
    facts: Mapping[str, Any]
    """The same for programs, as JSON."""

"""The kinds of incidents: what each means for a person."""

from __future__ import annotations

from typing import NamedTuple


class Kind(NamedTuple):
    """One kind of incident."""

    name: str
    severity: str
    """ "error": somebody has to act. "warning": somebody should look at it by day."""
    title: str
    """What is so, after the name of the job, source or token: "report_daily failed"."""
    over: str
    """What is so when it is over: "report_daily works again"."""
    default: bool = True
    """Whether a channel that names no kinds hears of it."""


KINDS = {
    kind.name: kind
    for kind in (
        Kind("failed", "error", "failed", "succeeds again"),
        Kind("missed", "error", "was not run", "runs again"),
        Kind("overdue", "error", "runs for too long", "has ended"),
        Kind("late", "warning", "is late", "has started", default=False),
        Kind("slow", "warning", "is slower than usual", "is as quick as usual again"),
        Kind("source_silent", "warning", "does not call any more", "calls again"),
        Kind("token_expiring", "warning", "expires soon", "does not expire soon any more"),
    )
}

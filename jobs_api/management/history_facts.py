"""What people are told of the roll-up of days: only that it is stuck."""

from __future__ import annotations

from collections.abc import Iterator

from jobs_api.history.standing import Standing
from jobs_api.management.tables import moment


def remarks(standing: Standing) -> Iterator[str]:
    """A sentence, if somebody should look at it."""
    if standing.failing_since is not None:
        since = moment(standing.failing_since)
        yield f"Days have not been counted since {since}: {standing.error}; the log has more."
    elif standing.waits_since is not None:
        since = moment(standing.waits_since)
        yield f"Days wait to be counted since {since}, though somebody calls; the log has more."

"""Delete what is older than its retention: runs, counts, incidents, hosts, totals and the audit.

A clean-up by hand is recorded when it begins and when it ends, as it has no transaction of its own. One that
is a job has a run.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from jobs_api import audit, database
from jobs_api.audit import retention
from jobs_api.execution.current import current_run
from jobs_api.runs import pruning


@dataclasses.dataclass(frozen=True, slots=True)
class Cleaned:
    """How many rows were deleted."""

    runs: int
    trigger_counts: int
    audit: int
    incidents: int


def clean(
    before: datetime,
    *,
    batch: int,
    archive: Path | None,
    each: Callable[[int, int], None] = lambda done, total: None,
    reason: str = "",
) -> Cleaned:
    """Delete runs, counts and incidents of before then, silent hosts, and audit entries past AUDIT_DAYS.

    Args:
        batch, archive, each: see `pruning.prune`.
        reason: why, for the audit.
    """
    record = _silent if current_run() else _Recorder(before, archive, reason)
    record("begun")
    done = 0

    def count(number: int, total: int) -> None:
        nonlocal done
        done = number
        each(number, total)

    try:
        pruning.mark(before)
        done = pruning.prune(before, batch=batch, archive=archive, each=count)
        counts = pruning.prune_counts(before.date())
        pruning.prune_hosts()
        pruning.prune_totals(before)
        pruning.prune_days(database.now())
        incidents = pruning.prune_incidents(before, batch=batch)
        entries = retention.prune(at=database.now())
    except BaseException:
        with suppress(*database.ERRORS):  # what stopped it matters more
            record(f"stopped after {done}")
        raise
    record(f"deleted {done}")
    return Cleaned(done, counts, entries, incidents)


class _Recorder:
    def __init__(self, before: datetime, archive: Path | None, reason: str) -> None:
        self._reason = reason
        self._details = {"before": before, **({} if archive is None else {"archive": str(archive)})}

    def __call__(self, result: str) -> None:
        about: dict[str, Any] = {"subject": "runs", "reason": self._reason, "details": self._details}
        audit.record("prune", at=database.now(), result=result, **about)


def _silent(result: str) -> None:
    """It is a job: its run is on record."""

"""Notes how attempts end, for the totals of their jobs: in a microsecond, and without a statement."""

from __future__ import annotations

from typing import Any

from jobs_api.monitoring import job_totals
from jobs_api.monitoring.trigger_counts import write_at_the_end, writer


def finished(**event: Any) -> None:
    """Note the end of an attempt, whatever has run it: receives `attempt_finished`."""
    with writer.lock:
        writer.try_to_start()
        write_at_the_end()
        job_totals.ended(event)

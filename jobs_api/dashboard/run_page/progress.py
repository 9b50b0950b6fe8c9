"""How far a run is, how long it may still take, and how long it usually takes."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta

from jobs_api.dashboard.run_page.reading import Reading
from jobs_api.dashboard.times import span
from jobs_api.models import State
from jobs_api.monitoring.run_report import AttemptReport, Progress


@dataclasses.dataclass(frozen=True, slots=True)
class Shown:
    """Of the newest attempt."""

    running: bool
    """Whether its command runs now."""
    percent: int | None
    done: int | None
    total: int | None
    elapsed: timedelta | None
    """How long it has been running, or ran."""
    left: timedelta | None
    """About how long it will still run; None where nothing tells."""
    by_usual: bool
    """Whether that is what its job usually takes, as it has reported no progress."""
    ends: datetime | None
    """About when it ends."""
    usual: tuple[float, float, float] | None
    """p5, the median and p95, in seconds."""
    usual_count: int
    timeout_at: datetime | None
    timeout: timedelta | None
    overdue: bool
    """Whether it is past its timeout."""

    @property
    def about(self) -> str:
        """What is left, in words."""
        return "" if self.left is None else about(self.left)


def shown(reading: Reading) -> Shown | None:
    """Of a run that has begun; None before."""
    attempt, at = reading.report.newest, reading.at
    if attempt.started_at is None:
        return None
    running = attempt.state == State.RUNNING
    elapsed = _elapsed(attempt, at if running else attempt.finished_at)
    left, by_usual = _left(reading, elapsed) if running and elapsed is not None else (None, False)
    usual, job = reading.usual, reading.report.job
    timeout = None if job is None else timedelta(seconds=job.timeout)
    ends_by = attempt.started_at + timeout if timeout is not None else None
    return Shown(
        running=running,
        percent=percent(attempt.progress),
        done=None if attempt.progress is None else attempt.progress.done,
        total=None if attempt.progress is None else attempt.progress.total,
        elapsed=elapsed,
        left=left,
        by_usual=by_usual,
        ends=None if left is None else at + left,
        usual=None if usual is None else (usual.p5, usual.p50, usual.p95),
        usual_count=0 if usual is None else usual.count,
        timeout_at=ends_by if running else None,
        timeout=timeout,
        overdue=running and ends_by is not None and ends_by < at,
    )


def _elapsed(attempt: AttemptReport, end: datetime | None) -> timedelta | None:
    """Never negative: the clocks of two hosts may differ."""
    if attempt.started_at is None or end is None:
        return None
    return max(end - attempt.started_at, timedelta(0))


def percent(progress: Progress | None) -> int | None:
    """Whole percent, at most 100, which is shown only when all is done; None where the total is not known."""
    if progress is None or not progress.total or progress.total < 0:
        return None
    return max(0, min(progress.done * 100 // progress.total, 100))


MOST_LEFT = timedelta(days=30)
"""An estimate beyond is none."""


def _left(reading: Reading, elapsed: timedelta) -> tuple[timedelta | None, bool]:
    """By its progress so far, else by what its job usually takes."""
    progress = reading.report.newest.progress
    if progress is not None and progress.total and progress.total > 0:
        return _by_progress(progress.done, progress.total, elapsed), False
    if reading.usual is None:
        return None, True
    left = timedelta(seconds=reading.usual.p50) - elapsed
    return (left if left > timedelta(0) else None), True


def _by_progress(done: int, total: int, elapsed: timedelta) -> timedelta | None:
    if done <= 0 or not elapsed:
        return None
    seconds = elapsed.total_seconds() * max(total - done, 0) / done
    return timedelta(seconds=seconds) if seconds < MOST_LEFT.total_seconds() else None


def about(left: timedelta) -> str:
    """A span that is only estimated: of the larger unit."""
    seconds = left.total_seconds()
    if seconds < 90:
        return f"{max(round(seconds / 5) * 5, 5)} s"
    if seconds < 5400:
        return span(round(seconds / 60) * 60)
    return span(round(seconds / 600) * 600)

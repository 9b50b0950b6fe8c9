"""When a source counts as silent: altogether, for one job, or for run-due."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta

from jobs_api.alerts.findings import Finding, Key, subject
from jobs_api.alerts.wording import here
from jobs_api.monitoring.source_report import SourceJob, SourceReport
from jobs_api.monitoring.tallies import POLLS
from jobs_api.text import one_line
from jobs_api.text.spans import span

KIND = "source_silent"


def silent(sources: Sequence[SourceReport], called: Collection[tuple[str, str]]) -> Iterator[Finding | Key]:
    """What does not call any more.

    A source that has called for a day or longer is silent when it has not called for more than twice the
    longest time between two of its calls lately. So is a source that still calls, for one job that it used to
    trigger, or for run-due. While it is silent altogether, its jobs are not told one by one.

    It is over when it calls again, when somebody has forgotten it (`jobs_forget`), and after 30 days.

    Args:
        called: who has called this process just now, not written yet: nothing can be said of them.
    """
    for report in sources:
        parts = [*report.jobs, *([report.run_due] if report.run_due else [])]
        if (report.source, report.actor) in called:
            yield from ((KIND, subject_of(report, part)) for part in (None, *parts))
            continue
        if report.silent:
            yield _finding(report, None, report.last_at, report.usual_gap)
            yield from ((KIND, subject_of(report, part)) for part in parts)
            continue
        for part in parts:
            if part.silent:
                yield _finding(report, part, part.last_at, part.usual_gap)


def subject_of(report: SourceReport, part: SourceJob | None = None) -> str:
    """The subject of its incident: "source", "source / actor", and of one job "source / actor: job"."""
    whole = " / ".join(filter(None, (one_line(report.source) or "a source without a name", report.actor)))
    return subject(whole if part is None else f"{whole}: {_what(part)}")


def _what(part: SourceJob) -> str:
    return "run-due" if part.job == POLLS else part.job


def _finding(
    report: SourceReport, part: SourceJob | None, last_at: datetime, usual: timedelta | None
) -> Finding:
    job_name = "" if part is None or part.job == POLLS else part.job
    what = "called" if part is None else "called run-due" if not job_name else f"triggered {job_name}"
    before = "" if usual is None else f"; before, at least every {span(usual.total_seconds())}"
    seconds = None if usual is None else usual.total_seconds()
    facts = {"source": report.source, "actor": report.actor, "usual_gap_seconds": seconds}
    facts |= {"last_at": last_at.isoformat(), "part": "" if part is None else _what(part)}
    return Finding(
        KIND,
        subject_of(report, part),
        since=last_at,
        detail=f"It last {what} at {here(last_at)}{before}.",
        job_name=job_name,
        facts=facts,
    )

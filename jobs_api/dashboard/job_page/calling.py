"""How to call a job from anywhere, and who does."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from jobs_api.alerts import links
from jobs_api.dashboard import times
from jobs_api.history.lateness import SourceLateness
from jobs_api.monitoring.source_report import SourceReport

TRIGGER = "trigger"


def url(request: HttpRequest, job: str) -> str:
    """The address that a caller posts to: below BASE_URL, or on the host of this request."""
    known = links.page(TRIGGER, job)
    if known:
        return known
    try:
        return request.build_absolute_uri(reverse(f"jobs_api:{TRIGGER}", args=[job]))
    except NoReverseMatch:  # the API is below a namespace of the host, or not here at all
        return ""


def curl(address: str) -> str:
    """The command for a shell; the token stays in a variable."""
    lines = ("curl -fsS -X POST", '-H "Authorization: Bearer $CRON_SECRET"', shlex.quote(address))
    return " \\\n  ".join(lines)


@dataclasses.dataclass(frozen=True, slots=True)
class Caller:
    """One source, as far as this job goes."""

    source: str
    actor: str
    last_at: datetime
    calls: int
    won: int
    """How many runs of this job its calls began."""
    silent_for: timedelta | None
    """None: it calls as usual."""
    run_due: bool
    """Whether it starts the job by run-due: then the calls are those of run-due."""

    @property
    def silent(self) -> str:
        """For how long it has been silent."""
        return "" if self.silent_for is None else times.rough(self.silent_for)


def callers(
    job: str, reports: Sequence[SourceReport], late: Sequence[SourceLateness], at: datetime
) -> list[Caller]:
    """Who triggers the job by name, and who began runs of it by run-due; the newest call first."""
    won = {each.source: each.won for each in late}
    found = [*_by_name(job, reports, at)]
    named = {each.source for each in found}
    found += _by_run_due(
        {source: number for source, number in won.items() if source not in named}, reports, at
    )
    return sorted(found, key=lambda caller: caller.last_at, reverse=True)


def _by_name(job: str, reports: Sequence[SourceReport], at: datetime) -> Iterator[Caller]:
    for report in reports:
        for each in report.jobs:
            if each.job == job:
                silent = report.silent or each.silent
                for_ = at - each.last_at if silent else None
                yield Caller(report.source, report.actor, each.last_at, each.calls, each.wins, for_, False)


def _by_run_due(won: dict[str, int], reports: Sequence[SourceReport], at: datetime) -> Iterator[Caller]:
    for report in reports:
        last = report.last_run_due_at
        if last is None or report.source not in won:
            continue
        calls = report.calls if report.run_due is None else report.run_due.calls
        for_ = at - last if report.silent or report.run_due_silent else None
        yield Caller(report.source, report.actor, last, calls, won[report.source], for_, True)

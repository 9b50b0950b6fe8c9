"""What a filter of the overview finds, for orders about all of it: it is looked up again, not sent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.http import QueryDict

from jobs_api import registry
from jobs_api.dashboard.overview.filtering import Filter, find
from jobs_api.dashboard.overview.lines import Line
from jobs_api.monitoring.health import is_failing
from jobs_api.monitoring.report import job_reports
from jobs_api.registry.job import Job

LONGEST = 4000
"""Characters of a filter."""


def matching(written: str, at: datetime) -> Sequence[Line]:
    """The jobs that this filter finds now.

    Args:
        written: the query of the overview's address.
    """
    chosen = Filter.of(QueryDict(written[:LONGEST].removeprefix("?")))
    return find((Line.of(report, at) for report in job_reports(registry.jobs())), chosen).lines


def failing_runs(jobs: Iterable[Job]) -> list[int]:
    """The newest run of each of these jobs, where it failed."""
    started = (report.last_started for report in job_reports(list(jobs)))
    return [run.pk for run in started if run is not None and is_failing(run)]

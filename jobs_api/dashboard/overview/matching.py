"""What a filter of the overview finds, for orders about all of it: it is looked up again, not sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.http import QueryDict

from jobs_api import registry
from jobs_api.dashboard.overview.filtering import Filter, find
from jobs_api.dashboard.overview.lines import Line
from jobs_api.monitoring.report import job_briefs

LONGEST = 4000
"""Characters of a filter."""


def matching(written: str, at: datetime) -> Sequence[Line]:
    """The jobs that this filter finds now.

    Args:
        written: the query of the overview's address.
    """
    chosen = chosen_by(written)
    return find((Line.of(report, at) for report in job_briefs(registry.jobs(), at)), chosen).lines


def chosen_by(written: str) -> Filter:
    """The filter itself."""
    return Filter.of(QueryDict(written[:LONGEST].removeprefix("?")))

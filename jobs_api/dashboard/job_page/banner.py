"""What a banner of a job's page is made of."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.utils.translation import gettext as _

from jobs_api.dashboard import times
from jobs_api.dashboard.viewer import Viewer
from jobs_api.history.cell import Cell
from jobs_api.history.days import Day
from jobs_api.monitoring.report import JobReport
from jobs_api.registry.job import Job
from jobs_api.runs.hosts import Difference

NAMED = 3
"""So many slots are named; of more only the number is told."""


class Act(NamedTuple):
    """A button of a banner."""

    label: str
    url: str
    dialog: bool = True
    """Whether it is an order, which only who may operate can give."""


@dataclasses.dataclass(frozen=True, slots=True)
class Banner:
    """One thing that is wrong, or to know."""

    kind: str
    """ "fail", "miss", "late" or "idle": its colour."""
    icon: str
    head: str
    before: str = ""
    """What is said before the error."""
    error: str = ""
    after: str = ""
    acts: Sequence[Act] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Known:
    """What banners are made of."""

    report: JobReport
    cells: Sequence[Cell]
    """The newest slots, oldest first."""
    days: Sequence[Day]
    differences: Sequence[Difference]
    viewer: Viewer

    @property
    def job(self) -> Job:
        """Whose they are."""
        return self.report.job

    def clock(self, instant: datetime) -> str:
        """A time in the viewer's zone."""
        return times.short(instant, self.viewer.at, self.viewer.zone)


def listed(items: Sequence[str]) -> str:
    """ "07:00, 08:00 and 09:00"."""
    if len(items) < 2:
        return "".join(items)
    return _("%(some)s and %(last)s") % {"some": ", ".join(items[:-1]), "last": items[-1]}

"""What is said of outside monitors where people look at the jobs."""

from __future__ import annotations

from collections.abc import Iterator

from jobs_api import check_ins
from jobs_api.check_ins.settings import DEAD_MAN
from jobs_api.management.tables import moment
from jobs_api.text import one_line


def remarks() -> Iterator[str]:
    """Sentences about those that take no check-ins."""
    for each in check_ins.status():
        if each.failing_since is not None:
            what = "The dead man's switch" if each.name == DEAD_MAN.lower() else f"The monitor {each.name}"
            since, why = moment(each.failing_since), one_line(each.reason)
            yield f"{what} has taken no check-in since {since}: {why}. See manage.py jobs_alerts check-in"

"""What is under way: the runs that are held, and those that wait to be started, read for all jobs at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, F, OuterRef, Q, QuerySet, Subquery, Value, When, Window
from django.db.models.functions import RowNumber

from jobs_api import clock, database
from jobs_api.models import HELD, State
from jobs_api.runs.readers import come, shown

EACH = 10
"""So many of each job and state are read, those that began or wait longest; all are counted."""
BEHIND = 3
"""So many slots in a row that were skipped behind a run show that it hangs."""
SINCE = Case(
    When(state=State.RUNNING, then=F("started_at")),
    When(state=State.CLAIMED, then=F("claimed_at")),
    default=F("next_attempt_at"),
)
"""Since when a run is in its state."""
_BLOCKED = [f"behind_{number}" for number in range(BEHIND)]


def underway(now: datetime | None) -> dict[str, list[Any]]:
    """The held and the queued runs of each job, the oldest first: one statement.

    Each has `since`, `of_its_state` (how many of its job are in its state) and `blocks` (whether slots were
    skipped in a row behind it), beside what `readers.shown` adds. What is not due yet is left out.
    """
    peers = ["job_name", "state"]
    found = shown(database.rows().filter(pk__in=_pks(now)), now).annotate(
        since=SINCE,
        place=Window(RowNumber(), partition_by=peers, order_by=[SINCE, F("pk")]),
        of_its_state=Window(Count("pk"), partition_by=peers),
        **_behind(now),
    )
    jobs: dict[str, list[Any]] = defaultdict(list)
    runs: Iterable[Any] = found.filter(place__lte=EACH).order_by("since", "pk")
    for run in runs:
        run.blocks = all(getattr(run, name) == State.SKIPPED for name in _BLOCKED)
        jobs[run.job_name].append(run)
    return jobs


def _pks(now: datetime | None) -> QuerySet[Any, Any]:
    """Through the two small indexes: few runs of the table are held or wait."""
    held = database.rows().filter(state__in=HELD, lease_expires_at__isnull=False)
    waits = Q(next_attempt_at__isnull=False, next_attempt_at__lte=clock.expression(now))
    queued = database.rows().filter(waits, state=State.QUEUED)
    pks: QuerySet[Any, Any] = held.values("pk").union(queued.values("pk"), all=True)
    return pks


def _behind(now: datetime | None) -> dict[str, Any]:
    """What became of the newest slots after a held run."""
    later = database.rows().filter(job_name=OuterRef("job_name"), run_date__gt=OuterRef("run_date"))
    states = come(later, now).exclude(state=State.QUEUED).order_by("-run_date").values("state")
    return {
        name: Case(When(state__in=HELD, then=Subquery(states[number : number + 1])), default=Value(""))
        for number, name in enumerate(_BLOCKED)
    }

"""Ways to break the guarantee. With each of them `make chaos` must end with violations.

Only the processes of this host do so, and only if CHAOS_BREAK names one: nothing in jobs_api knows of it.
"""

from __future__ import annotations

import dataclasses
from datetime import datetime

from django.db.models import QuerySet

from jobs_api import database, runs
from jobs_api.clock import Moment
from jobs_api.models import JobRun, State
from jobs_api.runs import claiming, holding, sql
from jobs_api.runs.types import Lease
from jobs_api.worker import delivery


def fencing() -> None:
    """Let an old holder of a run begin and finish it, however many attempts came later."""

    def mine(lease: Lease) -> QuerySet[JobRun]:
        return database.rows().filter(pk=lease.run_id)

    def take(run_id: int, attempt: int, at: datetime) -> Lease | None:
        run = database.rows().get(pk=run_id)
        lease = Lease(run_id, attempt, run.job_name, run.run_date, run.tries, run.options, at)
        runs.begin(lease, moment=Moment(at))
        return lease

    holding._held = holding._claimed = mine
    delivery._take = take
    sql.HELD_SQL = ", ".join(f"'{state.value}'" for state in State)
    update = sql.update_held
    sql.update_held = lambda lease, values, **options: update(_newest(lease), values, **options)


def _newest(lease: Lease) -> Lease:
    """The same lease with the number of the newest attempt."""
    return dataclasses.replace(lease, attempt=database.rows().get(pk=lease.run_id).attempt)


def reaping() -> None:
    """Never close an expired lease."""
    runs.reap = lambda *args, **named: []


def overlap() -> None:
    """Treat exclusive jobs like others."""
    hold = claiming._hold
    claiming._hold = lambda *args, **named: {**hold(*args, **named), "held_job": None}


BREAKS = {"fencing": fencing, "reaping": reaping, "overlap": overlap}

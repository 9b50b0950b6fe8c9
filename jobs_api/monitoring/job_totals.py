"""The totals of all jobs: noted in memory, and written at most once a minute beside the trigger counts.

Every process notes what it does, also a worker, a command and a child that runs one attempt; each writes at
its end. So all of them are in one table, and whoever reads it knows of all hosts. A process that is killed
loses its last minute.

It is on where prometheus-client is installed, for only metrics need it.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import datetime
from importlib.util import find_spec
from typing import Any

from django.db import connections, transaction
from django.db.models import QuerySet

from jobs_api import registry
from jobs_api.database import alias, guess
from jobs_api.database.bounds import bounded
from jobs_api.models import JobTotals
from jobs_api.monitoring.totals import Totals

BATCH = 50
"""So many jobs are written in one transaction."""
FEW = 100
"""Up to this many jobs, the statement names them: a database limits the number of parameters."""

noted: dict[str, Totals] = {}
"""Per job; used with the lock of `trigger_counts.writer` held."""


class Switch:
    """Whether anything is noted in this process."""

    on = False


switch = Switch()


def is_wanted() -> bool:
    """Whether metrics can be read at all; prometheus-client is looked for, and not imported."""
    return find_spec("prometheus_client") is not None


def of(job: str) -> Totals:
    """What is noted of a job since the last write; called with the lock held."""
    found = noted.get(job)
    if found is None:
        found = noted[job] = Totals()
    return found


def ended(event: dict[str, Any]) -> None:
    """Note the end of an attempt; called with the lock held."""
    job = registry.find(event["job"])
    if job is not None:
        of(job.name).ended(event, scheduled=job.schedule is not None)


def answered(job: str, source: str, outcome: str, taken: float) -> None:
    """Note the answer to a trigger that started an attempt, or to run-due; called with the lock held."""
    if switch.on and job:
        totals = of(job)
        totals.triggered(source, outcome)
        totals.answer.note(taken)


def repeated(lock: AbstractContextManager[object], job: str, source: str, outcome: str, number: int) -> None:
    """Note triggers that started nothing, once their counts are written."""
    if switch.on:
        with lock:
            of(job).triggered(source, outcome, number)


def flush(lock: AbstractContextManager[object]) -> None:
    """Add what was noted to the table; what could not be written is kept."""
    with lock:
        taken = dict(noted)
        noted.clear()
    try:
        with bounded():
            write(taken)
    finally:
        with lock:
            put_back(taken)


def write(taken: dict[str, Totals]) -> None:
    """Add these to the table; what is written is removed from `taken`, the rest stays for the next time."""
    names = sorted(taken)
    for start in range(0, len(names), BATCH):
        few = names[start : start + BATCH]
        _write({name: taken[name] for name in few}, guess())
        for name in few:
            del taken[name]


def put_back(taken: dict[str, Totals]) -> None:
    """Keep what could not be written; called with the lock held."""
    for name, totals in taken.items():
        of(name).add(totals)


def _write(some: dict[str, Totals], now: datetime) -> None:
    """Add them to their rows: a few statements for all, and one process after the other.

    The INSERT comes first, as SQLite gives the lock to write without waiting only to a transaction that has
    read nothing. All lock the rows in one order, so that no two wait for each other.
    """
    using, rows = alias(), _rows().filter(job_name__in=some).order_by("job_name")
    with transaction.atomic(using):
        new = [JobTotals(job_name=name, since=now, written_at=now) for name in some]
        _rows().bulk_create(new, ignore_conflicts=True)
        locks = connections[using].features.has_select_for_update
        found = list(rows.select_for_update() if locks else rows)
        for row in found:
            both = Totals.of(row.totals)
            both.add(some[row.job_name])
            row.totals, row.written_at = both.stored(), now
        _rows().bulk_update(found, ["totals", "written_at"])


def read(names: Iterable[str]) -> tuple[dict[str, Totals], datetime | None]:
    """The totals of these jobs, as far as they were written, and when any was last: one statement."""
    wanted = set(names)
    rows = _rows() if len(wanted) > FEW else _rows().filter(job_name__in=wanted)
    found = [row for row in rows if row.job_name in wanted]
    newest = max((row.written_at for row in found), default=None)
    return {row.job_name: Totals.of(row.totals) for row in found}, newest


def _rows() -> QuerySet[JobTotals]:
    return JobTotals.objects.using(alias())

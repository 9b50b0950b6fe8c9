"""Delete old runs in batches: archive them first, if a folder is given, and never while they are held."""

from __future__ import annotations

import gzip
import json
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from operator import attrgetter
from pathlib import Path
from typing import Any

from django.db import connections, transaction
from django.db.models import F, QuerySet

from jobs_api import database
from jobs_api.models import (
    ATTEMPT_FIELDS,
    HELD,
    AlertMute,
    AttemptRecord,
    HistoryMark,
    Incident,
    JobDay,
    JobDeclaration,
    JobRun,
    JobState,
    JobTotals,
    TriggerCount,
)
from jobs_api.runs import hosts
from jobs_api.runs.output import rest

PRUNED = "pruned"
"""The name of the mark before which runs may have been deleted."""
DAYS_KEPT = 402
"""For how many days the counts of a job are kept: a little more than the roll-up counts."""


def old(before: datetime) -> QuerySet[JobRun]:
    """Runs of slots before that instant that nobody holds; a queued one is too old to be started."""
    return database.rows().filter(run_date__lt=before).exclude(state__in=HELD)


def prune(
    before: datetime,
    *,
    batch: int,
    archive: Path | None,
    each: Callable[[int, int], None] = lambda done, total: None,
) -> int:
    """Delete old runs job by job, along the index; returns how many.

    Args:
        batch: runs per transaction.
        archive: a directory for one gzipped JSON-lines file per batch; written and synced before
            the deletion is committed. After a crash in between, its runs are archived once more.
            Several clean-ups at once archive each run once.
        each: called after each batch with how many are done, and of how many.
    """
    total, done = old(before).count(), 0
    for name in _names():
        while pks := list(
            old(before).filter(job_name=name).order_by("run_date").values_list("pk", flat=True)[:batch]
        ):
            done += _prune_batch(pks, archive)
            each(done, max(total, done))
    return done


def _names() -> list[str]:
    """All jobs that may have runs: a job is known before its first one, also to a version before this."""
    known = JobDeclaration.objects.using(database.alias()).values_list("job_name", flat=True)
    return list(known.union(JobState.objects.values_list("job_name", flat=True)).order_by("job_name"))


def _prune_batch(pks: list[int], archive: Path | None) -> int:
    """Archive and delete these runs; 0 if one of them changed meanwhile, for then nothing is done."""
    batch = database.rows().filter(pk__in=pks).exclude(state__in=HELD).order_by("run_date")
    found = list(batch.only(*_STANDING) if archive is None else batch.prefetch_related("superseded"))
    if not found:  # another clean-up was faster
        return 0
    if archive is None:
        return _delete(found, lambda: None)
    with _written(archive, found) as name_it:
        return _delete(found, name_it)


_STANDING = ("pk", "attempt", "state", "tries")
"""Every transition of a run changes one of them."""


def _delete(found: list[JobRun], just_before: Callable[[], None]) -> int:
    """Delete the runs with their attempts, all or none: only as they were found, and by one clean-up.

    The update changes nothing, but another transaction on these rows waits for this one, or this one for it.
    """
    using, pks = database.alias(), [run.pk for run in found]
    with transaction.atomic(using):
        rows = database.rows().filter(pk__in=pks)
        if connections[using].features.has_select_for_update:
            # In one order: an update alone locks them in any, and two clean-ups would wait for each other.
            list(rows.order_by("pk").select_for_update().values_list("pk"))
        rows.update(tries=F("tries"))
        if set(rows.values_list(*_STANDING)) != set(map(attrgetter(*_STANDING), found)):
            return 0
        _, deleted = rows.delete()
        just_before()  # the file is whole and on disk by now: only its name is missing
    return deleted.get(JobRun._meta.label, 0)


@contextmanager
def _written(directory: Path, found: list[JobRun]) -> Iterator[Callable[[], None]]:
    """The runs in a file that no other process writes or overwrites; a call gives it its name.

    A name without .part is a whole file. A file that was not given one is removed.
    """
    directory.mkdir(mode=0o750, parents=True, exist_ok=True)
    stem = f"{found[0].job_name}-{found[0].run_date:%Y%m%dT%H%M%S}-{found[0].pk}-{secrets.token_hex(4)}"
    target, half_done = directory / f"{stem}.jsonl.gz", directory / f"{stem}.part"
    try:
        with half_done.open("xb") as file:
            with gzip.open(file, "wt", encoding="utf-8") as lines:
                lines.writelines(json.dumps(_line(run), default=datetime.isoformat) + "\n" for run in found)
            file.flush()
            os.fsync(file.fileno())
        yield lambda: _name(half_done, target)
    finally:
        half_done.unlink(missing_ok=True)


def _name(half_done: Path, target: Path) -> None:
    """Give a file its name, and sync the folder that holds it: the runs are deleted next."""
    half_done.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _line(run: JobRun) -> dict[str, Any]:
    attempts = [*sorted(run.superseded.all(), key=lambda attempt: attempt.attempt), run]
    return {
        "id": run.pk,
        "job": run.job_name,
        "run_date": run.run_date.isoformat(),
        "state": run.state,
        "tries": run.tries,
        "options": run.options,
        "created_at": run.created_at.isoformat(),
        "attempts": [_attempt(attempt) for attempt in attempts],
    }


def _attempt(attempt: AttemptRecord) -> dict[str, Any]:
    record = {name: getattr(attempt, name) for name in ATTEMPT_FIELDS}
    kept = (bytes(record.pop("output_head")), bytes(record.pop("output_tail")), attempt.output_size)
    return {**record, "output": rest(kept, 0).decode("utf-8", "replace")}


def mark(before: datetime) -> None:
    """Note that runs of slots before then may be missing: nobody takes such a slot for missed.

    It is committed before the first of them is deleted.
    """
    marks = HistoryMark.objects.using(database.alias())
    marks.bulk_create([HistoryMark(name=PRUNED, at=before)], ignore_conflicts=True)
    marks.filter(name=PRUNED, at__lt=before).update(at=before)


def prune_days(now: datetime) -> int:
    """Delete counted days that are older than `DAYS_KEPT`, also of jobs that are not declared any more."""
    old_days = JobDay.objects.using(database.alias()).filter(day__lt=now.date() - timedelta(days=DAYS_KEPT))
    return old_days.delete()[0]


def prune_hosts() -> int:
    """Delete hosts that were silent for more than a week; returns how many."""
    return hosts.forget_old(database.now())


def prune_counts(before: date) -> int:
    """Delete trigger counts of days before that one."""
    return TriggerCount.objects.using(database.alias()).filter(day__lt=before).delete()[0]


def prune_totals(before: datetime) -> int:
    """Delete the totals of jobs that nothing has happened to since then."""
    return JobTotals.objects.using(database.alias()).filter(written_at__lt=before).delete()[0]


def prune_incidents(before: datetime, *, batch: int) -> int:
    """Delete incidents that were over by then, with their messages, and mutes; returns how many incidents."""
    incidents, done = Incident.objects.using(database.alias()), 0
    while pks := list(
        incidents.filter(closed_at__lt=before).order_by("pk").values_list("pk", flat=True)[:batch]
    ):
        done += incidents.filter(pk__in=pks, closed_at__lt=before).delete()[1].get(Incident._meta.label, 0)
    AlertMute.objects.using(database.alias()).filter(until__lt=before).delete()
    return done

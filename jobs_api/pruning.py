"""Old runs leave in batches: archived first, if asked, and never while they are held."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from jobs_api import storage
from jobs_api.models import ATTEMPT_FIELDS, HELD, AttemptRecord, JobRun, JobState, TriggerCount
from jobs_api.output import rest


def old(before: datetime) -> QuerySet[JobRun]:
    """Runs of slots before that instant that nobody holds; a queued one is too old to be started."""
    return storage.rows().filter(run_date__lt=before).exclude(state__in=HELD)


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
            the batch is deleted. After a crash in between, its runs are archived once more.
        each: told how many are done, of how many, after each batch.
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
    """All jobs that may have runs: a job is known before its first one."""
    return list(
        JobState.objects.using(storage.database()).order_by("job_name").values_list("job_name", flat=True)
    )


def _prune_batch(pks: list[int], archive: Path | None) -> int:
    if archive is not None:
        _write(archive, storage.rows().filter(pk__in=pks).order_by("run_date"))
    using = storage.database()
    with transaction.atomic(using):  # a run and its attempts go together; one that was rerun meanwhile stays
        _, deleted = storage.rows().filter(pk__in=pks).exclude(state__in=HELD).delete()
    return deleted.get(JobRun._meta.label, 0)


def _write(directory: Path, batch: QuerySet[JobRun]) -> None:
    found = list(batch.prefetch_related("superseded"))
    if not found:  # another clean-up was faster
        return
    directory.mkdir(mode=0o750, parents=True, exist_ok=True)
    target = directory / f"{found[0].job_name}-{found[0].run_date:%Y%m%dT%H%M%S}-{found[0].pk}.jsonl.gz"
    half_done = target.with_suffix(".part")
    with half_done.open("wb") as file:
        with gzip.open(file, "wt", encoding="utf-8") as lines:
            lines.writelines(json.dumps(_line(run), default=datetime.isoformat) + "\n" for run in found)
        file.flush()
        os.fsync(file.fileno())
    half_done.replace(target)  # a name without .part is a whole file


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


def prune_counts(before: date) -> int:
    """Delete trigger counts of days before that one."""
    return TriggerCount.objects.using(storage.database()).filter(day__lt=before).delete()[0]

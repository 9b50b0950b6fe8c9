"""One run as readers see it: the API, the command line and every page show this report.

A held run whose lease has expired is shown as failed, reason "lost", also before it is reaped.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Q

from jobs_api import database, registry
from jobs_api.models import IN_FLIGHT, AttemptRecord, JobRun, State
from jobs_api.registry.job import Job
from jobs_api.runs import readers
from jobs_api.runs.output import Parts, rest

OUTPUT = ("output_head", "output_tail")


class Progress(NamedTuple):
    """What a command has last reported with `current_run().progress(done, total)`."""

    done: int
    total: int | None


@dataclasses.dataclass(frozen=True, slots=True)
class AttemptReport:
    """One attempt of a run."""

    attempt: int
    """0 for a run that no attempt has taken yet."""
    state: str
    reason: str
    error: str
    executor: str
    holder: str
    """Host and process, or the queue's own name for it."""
    trigger: str
    source: str
    actor: str
    comment: str
    note: str
    traceparent: str
    """The W3C trace context of its trigger; empty: there is none."""
    claimed_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    duration_ms: int | None
    progress: Progress | None
    output_bytes: int
    """Length of all that it wrote, of which the first and the last part are kept."""

    @classmethod
    def of(cls, record: AttemptRecord) -> AttemptReport:
        """From its row, or from the row of the run whose newest attempt it is; no statement."""
        done, total = record.progress_done, record.progress_total
        state, reason = (
            readers.state_of(record) if isinstance(record, JobRun) else (record.state, record.reason)
        )
        copied = {name: getattr(record, name) for name in _COPIED}
        progress = None if done is None else Progress(done, total)
        return cls(
            state=str(state), reason=str(reason), progress=progress, output_bytes=record.output_size, **copied
        )


_COPIED = [
    field.name
    for field in dataclasses.fields(AttemptReport)
    if field.name not in ("state", "reason", "progress", "output_bytes")
]


@dataclasses.dataclass(frozen=True, slots=True)
class RunReport:
    """One run with its newest attempt."""

    id: int
    job_name: str
    job: Job | None
    """None if the job is no longer declared: a run outlives its declaration."""
    run_date: datetime
    """In the job's zone, if the job is declared."""
    newest: AttemptReport
    tries: int
    options: dict[str, Any]
    created_at: datetime
    next_attempt_at: datetime | None
    cancel_requested_at: datetime | None

    @classmethod
    def of(cls, run: JobRun) -> RunReport:
        """From a row that `runs.readers` has read; no statement."""
        job = registry.find(run.job_name)
        return cls(
            id=run.pk,
            job_name=run.job_name,
            job=job,
            run_date=local(run.run_date, job),
            newest=AttemptReport.of(run),
            tries=run.tries,
            options=run.options,
            created_at=run.created_at,
            next_attempt_at=run.next_attempt_at,
            cancel_requested_at=run.cancel_requested_at,
        )

    @property
    def state(self) -> str:
        """Of the newest attempt, or "queued" or "skipped"."""
        return self.newest.state

    @property
    def in_flight(self) -> bool:
        """Whether it is queued, or an attempt holds it."""
        return self.state in IN_FLIGHT

    @property
    def waiting_since(self) -> datetime | None:
        """Since when it waits to begin; None if it does not wait."""
        if self.state == State.QUEUED:  # a later attempt that found no room has waited since it was put off
            return self.created_at if self.newest.attempt < 2 else self.next_attempt_at
        return self.newest.claimed_at if self.state == State.CLAIMED else None

    @property
    def next_try_at(self) -> datetime | None:
        """When a trigger or run-due may retry a failed run; None if never, or if at once."""
        left = self.job is not None and self.tries < self.job.max_attempts
        return self.next_attempt_at if left and self.state == State.FAILED else None

    @property
    def outcome(self) -> str:
        """Its state, and the reason if that adds information: "failed timeout"."""
        return outcome(self.state, self.newest.reason)


def outcome(state: str, reason: str) -> str:
    """Of a state and a reason as readers see them."""
    return f"{state} {reason}" if reason not in ("", state) else state


def local(instant: datetime, job: Job | None) -> datetime:
    """The instant in the job's zone; unchanged where there is no such job."""
    return instant if job is None else instant.astimezone(job.slots.zone)


def attempts(run: JobRun, most: int | None = None, also: int = 0) -> list[AttemptReport]:
    """The attempts of a run, oldest first: one statement.

    Args:
        most: only so many, the newest ones; None: all.
        also: and this one, if there is one of this number.
    """
    found = database.superseded(run).defer(*OUTPUT)
    if most is not None:
        found = found.filter(Q(attempt__gt=run.attempt - most) | Q(attempt=also))
    records: list[AttemptRecord] = list(found)
    return list(map(AttemptReport.of, [*records, run] if run.attempt else records))


def output(run: JobRun, attempt: int) -> Parts | None:
    """The stored output of an attempt: one statement; None if the run has no such attempt."""
    earlier = database.superseded(run).filter(attempt=attempt)
    newest = database.rows().filter(pk=run.pk, attempt=attempt)
    for found in (newest, earlier) if attempt == run.attempt else (earlier,):  # superseded since it was read
        parts = found.values_list(*OUTPUT, "output_size").first()
        if parts is not None:
            return bytes(parts[0]), bytes(parts[1]), parts[2]
    return None


def outputs(run: JobRun, numbers: Collection[int]) -> dict[int, Parts]:
    """The stored outputs of some attempts by their numbers: one statement; none for no attempts."""
    if not numbers:
        return {}
    of_each = [database.rows().filter(pk=run.pk), database.superseded(run).order_by()]
    newest, earlier = (
        rows.filter(attempt__in=list(numbers)).values_list("attempt", *OUTPUT, "output_size")
        for rows in of_each
    )
    # A run whose newest attempt was superseded since it was read has its output in the other table.
    found = newest.union(earlier, all=True)
    return {number: (bytes(head), bytes(tail), size) for number, head, tail, size in found}


class Part(NamedTuple):
    """What an attempt wrote from an offset on."""

    data: bytes
    """It may begin or end inside a character."""
    next_offset: int
    """The offset of what the attempt will write next; offsets count bytes of all that it wrote."""
    complete: bool
    """Whether it will write no more."""


def output_since(run: JobRun, offset: int = 0, attempt: int | None = None) -> Part | None:
    """What an attempt wrote from `offset` on, with a mark where bytes were not kept.

    To follow a live run, read it again with `runs.readers.find` before each call, and always name the
    attempt: a later one begins at 0. At most one statement; none if nothing is new.

    Args:
        run: as `runs.readers` has read it.
        attempt: its number; the newest one if None.

    Returns:
        None if the run has no such attempt.
    """
    number = run.attempt if attempt is None else attempt
    newest = number == run.attempt
    complete = not newest or not RunReport.of(run).in_flight
    if newest and run.output_size <= offset:
        return Part(b"", run.output_size, complete)
    parts = output(run, number)
    if parts is None:
        return None
    return Part(rest(parts, min(offset, parts[2])), parts[2], complete)

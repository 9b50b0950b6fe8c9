"""Perform a job in a test, and look at what came of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import date, datetime
from typing import Any
from unittest import mock

from django.db import connections

from jobs_api import database, registry
from jobs_api.execution.heartbeat import Beat, heartbeat
from jobs_api.models import JobRun, State
from jobs_api.runs import job_state
from jobs_api.runs.output import rest
from jobs_api.triggers.dispatch import dispatch
from jobs_api.triggers.from_python import options_of, run_date_of
from jobs_api.triggers.payload import Payload


@dataclasses.dataclass(frozen=True, slots=True)
class JobResult:
    """What one trigger led to."""

    outcome: str
    """As in a response: "succeeded", "failed", "already_succeeded", "paused", "expired", ..."""
    run_date: datetime
    """The slot."""
    run: JobRun | None
    """As it is stored; None where the slot has no run."""

    @property
    def succeeded(self) -> bool:
        """Whether this trigger ran the job, and that went well."""
        return self.outcome == State.SUCCEEDED

    @property
    def state(self) -> str:
        """The state of the run, such as "failed"; empty without a run."""
        return self.run.state if self.run else ""

    @property
    def reason(self) -> str:
        """Why it did not succeed: "error", "exit", "timeout", ...; else empty."""
        return self.run.reason if self.run else ""

    @property
    def error(self) -> str:
        """The error in a line; empty without one."""
        return self.run.error if self.run else ""

    @property
    def output(self) -> str:
        """What the newest attempt wrote, with its traceback, as far as it is kept."""
        if self.run is None:
            return ""
        parts = (bytes(self.run.output_head), bytes(self.run.output_tail), self.run.output_size)
        return rest(parts, 0).decode(errors="replace")


def run_job(
    name: str,
    run_date: datetime | date | str | None = None,
    options: Mapping[str, Any] | None = None,
    *,
    force: bool = False,
    reason: str = "",
    now: datetime | None = None,
) -> JobResult:
    """Trigger a job, and perform it in this thread, whatever its executor is. A failed job raises nothing.

    It takes the way of a request: the slot, pause, overlap, retries and `params` count, and the run is on
    record. docs/testing.md says what does not work in a test that is one transaction.

    Args:
        name: of a declared job.
        run_date: one of its slots: aware, or a date, or as a caller writes it; None is the current one.
        options: as a caller sends them.
        force: run the slot again, as an operator may.
        reason: goes on record.
        now: the time; None is the database's clock.

    Raises:
        NotFound: there is no such job.
        BadInput: `run_date` is not one of its slots, or the options are not the job's.
    """
    job = dataclasses.replace(registry.get(name), executor="inline", executor_options={})
    payload = Payload(
        "python",
        run_dates=(run_date_of(run_date),),
        options=options_of(options),
        force=force,
        reason=reason,
        source="test",
    )
    with _unseen() if connections[database.alias()].in_atomic_block else nullcontext():
        result = dispatch(payload.request(job), now=now)
    run = database.rows().filter(job_name=name, run_date=result.run_date).first()
    return JobResult(str(result.outcome), result.run_date, run)


@contextmanager
def _unseen() -> Iterator[None]:
    """Within a test's transaction: no other connection sees the run, and it is undone with the test.

    The heartbeat, which has its own connection, would take a run of some seconds for lost.
    """

    @contextmanager
    def watching(beat: Beat) -> Iterator[Beat]:
        beat.run.held_until = None
        yield beat

    try:
        with mock.patch.object(heartbeat, "watching", watching):
            yield
    finally:
        job_state.forget()

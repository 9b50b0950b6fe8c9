"""What `from jobs_api import trigger, run_due` gives: triggers from Python, with the guarantee of HTTP.

A host may import this before its models, so what needs models is imported when a function is called.
"""

from __future__ import annotations

import asyncio
import dataclasses
import os
from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.apps import apps

from jobs_api.exceptions import WrongUse

if TYPE_CHECKING:
    from jobs_api.runs.types import PauseSummary
    from jobs_api.triggers.request import RunSummary

NOT_OK = ("failed", "attempts_exhausted", "retry_later", "submit_failed", "unavailable", "internal_error")


@dataclasses.dataclass(frozen=True, slots=True)
class TriggerResult:
    """What one trigger led to."""

    outcome: str
    """As over HTTP: "succeeded", "failed", "accepted", "already_running", "already_succeeded", "paused",
    "cancelled", "attempts_exhausted", "expired", "retry_later", "overlap_skipped", "submit_failed".
    Where HTTP answers a problem: "unavailable" (the database is not available), "internal_error" (something
    broke; it is in the log)."""
    job: str
    run_date: datetime | None = None
    """The slot, in the job's zone; None where it is not known: "unavailable" or "internal_error"."""
    run: RunSummary | None = None
    """The slot's run: id, state, attempt, reason, started_at, finished_at, duration_ms; None without one."""
    retry_after: int | None = None
    """Seconds after which it is worth calling again; None where it is not."""
    detail: str = ""
    """Why it did not succeed, in a sentence or two; empty for "succeeded" and "accepted"."""
    pause: PauseSummary | None = None
    """Where it is "paused": started_at, actor, reason, and `until` (None: when somebody resumes the job)."""

    @property
    def ok(self) -> bool:
        """Whether there is nothing to report: done, in hand, or rightly not started; below 400 over HTTP."""
        return self.outcome not in NOT_OK


@dataclasses.dataclass(frozen=True, slots=True)
class DueResult:
    """What one run-due call led to."""

    outcome: str
    """"done", "remaining" (call again), "failed" (an attempt that it ran has failed), "unavailable" (the
    database cannot take it now), "internal_error" (see the log)."""
    results: tuple[TriggerResult, ...] = ()
    """One for each slot that was due, in the order in which they were tried."""
    remaining: int = 0
    """Slots that are still due, or whose runs go on in the background."""
    retry_after: int | None = None
    """Seconds after which it is worth calling again; None where it is not."""
    detail: str = ""

    @property
    def counts(self) -> dict[str, int]:
        """How many slots led to which outcome."""
        return dict(Counter(result.outcome for result in self.results))

    @property
    def ok(self) -> bool:
        """Whether there is nothing to report; below 400 over HTTP."""
        return self.outcome in ("done", "remaining")


def trigger(
    name: str,
    *,
    run_date: datetime | date | str | None = None,
    scheduled_at: datetime | str | None = None,
    max_late: float | timedelta | None = None,
    options: Mapping[str, Any] | None = None,
    source: str = "",
    force: bool = False,
    reason: str = "",
    wait: float | timedelta = 0,
) -> TriggerResult:
    """Run the job's current slot, or the one that is named, once however often this is called.

    A failed job, a database that is away and a bug of ours are results, not exceptions.

    Args:
        run_date: the slot: an aware datetime, ISO 8601 with its offset, or the date of a day with one slot.
        scheduled_at: the time that was scheduled takes the place of the time now. Aware, or ISO 8601; text
            that is unreadable, and a time in the future, are ignored and noted on the attempt.
        max_late: seconds or a timedelta; a slot older than that is "expired" to this call, and stays due.
        options: what the job's `params` let a caller send.
        source: who calls, for the record; its first 100 characters are kept.
        force: rerun the slot, or start it; ignores pause and `expires`.
        reason: why, for the record; at most 1,000 characters.
        wait: how many seconds to wait for a run in the background, at most WAIT_LIMIT_SECONDS; 0 returns
            at once. An inline run has always ended when this returns.

    Raises:
        BadInput: an argument is missing, unknown or wrong; nothing was started.
        WrongUse: it was called inside a transaction, in an event loop, or before the apps were ready.
    """
    _require_fit("trigger")
    from jobs_api.triggers import python

    return python.trigger(
        name,
        run_date=run_date,
        scheduled_at=scheduled_at,
        max_late=max_late,
        options=options,
        source=source,
        force=force,
        reason=reason,
        wait=wait,
    )


def run_due(*, source: str = "", seconds: float | timedelta | None = None) -> DueResult:
    """Start every job that is due, retryable or missed, oldest first.

    Args:
        source: who calls, for the record; its first 100 characters are kept.
        seconds: stop starting after so long; None is the setting RUN_DUE_SECONDS, 0 never stops.

    Raises:
        BadInput: an argument is wrong; nothing was started.
        WrongUse: see `trigger`; also where jobs are declared with errors, which would be left out in silence.
    """
    _require_fit("run_due")
    from jobs_api.triggers import python

    return python.run_due(source=source, seconds=seconds)


def _require_fit(name: str) -> None:
    """Refuse a caller who cannot reach the database from here, before anything is imported that needs it."""
    if not apps.ready:
        raise WrongUse(
            f"jobs_api.{name}() was called before Django's apps were ready, such as by a module while it is "
            "imported. Call it later: from a view, a command or a task, or after django.setup()."
        )
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    if not os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE"):  # as Django's own connections do
        raise WrongUse(
            f"jobs_api.{name}() was called in an event loop, which it would block. "
            f"Write: await sync_to_async({name})(...), from asgiref.sync."
        )

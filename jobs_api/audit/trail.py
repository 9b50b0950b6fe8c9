"""Add entries to the audit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from jobs_api.audit.origin import origin
from jobs_api.audit.wording import plain, worded
from jobs_api.database import alias
from jobs_api.models import AuditEntry

ACTIONS = (
    "trigger",
    "rerun",
    "cancel",
    "backfill",
    "pause",
    "resume",
    "token_create",
    "token_revoke",
    "source_forget",
    "prune",
    "acknowledge",
    "mute",
    "unmute",
)


def record(
    action: str,
    *,
    at: datetime,
    result: str,
    actor: str = "",
    reason: str = "",
    job: str = "",
    run: int | None = None,
    run_date: datetime | None = None,
    subject: str = "",
    details: Mapping[str, Any] | None = None,
) -> None:
    """Add an entry, in the transaction of the action if there is one.

    A text that no database stores, or that holds a token or CRON_SECRET, is recorded in a form that is safe.

    Args:
        action: one of `ACTIONS`.
        at: by the database's clock.
        result: what came of it, in a word or a few.
        actor: who did it, if that is not the actor of `acting`.
        job: its name.
        subject: what it was done to, if that is not a job or a run.
        details: more of it, without secrets, as JSON.

    Raises:
        ValueError: there is no such action.
    """
    if action not in ACTIONS:
        raise ValueError(f"There is no action {action!r} to record; there are: {', '.join(ACTIONS)}.")
    who = origin()
    AuditEntry(
        at=at,
        action=action,
        actor=worded(actor or who.actor, 100),
        origin=who.kind,
        address=worded(who.address, 150),
        job_name=worded(job, 100),
        run=run,
        run_date=run_date,
        subject=worded(subject, 200),
        reason=worded(reason),
        result=worded(result, 200),
        details=plain(details or {}),
    ).save(force_insert=True, using=alias())

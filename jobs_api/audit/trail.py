"""Add entries to the audit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from jobs_api.audit.origin import origin
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

    Args:
        at: by the database's clock.
        result: what came of it, in a word or a few.
        actor: who did it, if that is not the actor of `acting`.
        subject: what it was done to, if that is not a job or a run.
        details: more of it, without secrets, as JSON.
    """
    who = origin()
    AuditEntry(
        at=at,
        action=action,
        actor=(actor or who.actor)[:100],
        origin=who.kind,
        address=who.address[:150],
        job_name=job,
        run=run,
        run_date=run_date,
        subject=subject[:200],
        reason=reason,
        result=result[:200],
        details=dict(details or {}),
    ).save(force_insert=True, using=alias())

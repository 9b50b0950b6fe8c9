"""Add entries to the audit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connections, models

from jobs_api.audit.origin import origin
from jobs_api.audit.wording import plain, worded
from jobs_api.database import AWAY, alias, bounds
from jobs_api.models import AuditEntry
from jobs_api.text import loggers, one_line

logger = loggers.logger(__name__)

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
    refused: bool = False,
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
        refused: nothing was changed. Whoever is refused is told so also while the database takes no writes,
            such as on SQLite while a command holds its lock; then the log has what the audit has not.

    Raises:
        ValueError: there is no such action.
    """
    if action not in ACTIONS:
        raise ValueError(f"There is no action {action!r} to record; there are: {', '.join(ACTIONS)}.")
    who, about = origin(), {"job_name": job, "run": run, "run_date": run_date, "subject": subject}
    entry = AuditEntry(at=at, action=action, actor=actor or who.actor, origin=who.kind, address=who.address)
    _fill(entry, **about, reason=reason, result=result, details=plain(details or {}))
    if refused:
        _add_if_possible(entry)
    else:
        entry.save(using=alias())


def _fill(entry: AuditEntry, **about: Any) -> None:
    """Give an entry the rest, and each of its texts in a form that its column takes."""
    for name, value in about.items():
        setattr(entry, name, value)
    for field in AuditEntry._meta.concrete_fields:
        if isinstance(field, (models.CharField, models.TextField)):
            setattr(entry, field.attname, worded(getattr(entry, field.attname), field.max_length))


def _add_if_possible(entry: AuditEntry) -> None:
    try:
        with bounds.aside():
            entry.save(using=alias())
    except AWAY as error:
        if connections[alias()].in_atomic_block:  # which is broken now
            raise
        told = (entry.action, one_line(entry.actor), one_line(entry.job_name), entry.result)
        logger.warning("Not in the audit: %s by %r of %r: %s (%s)", *told, one_line(str(error)))

"""Who did what."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from jobs_api.models import AuditEntry, JobRun
from tools.seed.world.jobs import PAUSED

Runs = Mapping[tuple[str, int], JobRun]


class Deed(NamedTuple):
    """What somebody did."""

    ago: timedelta
    action: str
    actor: str
    about: str | tuple[str, int]
    """A job, a run by its job and number, or something else."""
    reason: str
    result: str
    origin: str = "admin"
    details: dict[str, Any] = {}


def _ago(**ago: float) -> timedelta:
    return timedelta(**ago)


LETTERS = "New letter texts go live on Friday"
HOLIDAYS = "Bank holidays, no entries"
BOARD = ("warm_report_cache", 40)
DEEDS = (
    Deed(_ago(minutes=71), "rerun", "mara", ("reconcile_payments", 1), "Stripe says it is back", "attempt 3"),
    Deed(_ago(hours=16), "pause", "mara", PAUSED, LETTERS, "paused", "dashboard", {"until": "Friday 09:00"}),
    Deed(_ago(hours=26), "trigger", "jon", BOARD, "Board meeting", "succeeded", "dashboard"),
    Deed(_ago(days=9), "cancel", "mara", ("export_ledger", 9), "Exports the wrong year", "cancelled"),
    Deed(_ago(days=11), "backfill", "jon", "sync_crm_contacts", "The token had expired", "queued 6", "api"),
    Deed(_ago(days=30), "token_create", "admin", "cronjob-org", "", "created", "command"),
    Deed(_ago(days=31), "token_revoke", "admin", "cronjob-old", "Rotated", "revoked", "command"),
    Deed(_ago(days=40), "mute", "mara", "warm_report_cache", "Known; waits for new hosts", "muted"),
    Deed(_ago(days=338), "pause", "jon", "reconcile_payments", HOLIDAYS, "paused", "api"),
)


def write(now: datetime, runs: Runs) -> None:
    """Write the entries, the oldest first."""
    AuditEntry.objects.bulk_create(_entry(deed, now, runs) for deed in reversed(DEEDS))


def _entry(deed: Deed, now: datetime, runs: Runs) -> AuditEntry:
    return AuditEntry(
        at=now - deed.ago,
        action=deed.action,
        actor=deed.actor,
        origin=deed.origin,
        address="10.20.0.7",
        reason=deed.reason,
        result=deed.result,
        details=deed.details,
        **_about(deed, runs),
    )


def _about(deed: Deed, runs: Runs) -> dict[str, Any]:
    if isinstance(deed.about, tuple):
        run = runs[deed.about]
        return {"job_name": run.job_name, "run": run.pk, "run_date": run.run_date}
    return {"job_name" if deed.action in ("pause", "backfill") else "subject": deed.about}

"""The 24 jobs, and what is usual of each."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, Field

from jobs_api import Job

NEW_YORK = "America/New_York"
MINUTE, HOUR = 60.0, 3600.0


class Reports(BaseModel):
    """Which reports to warm."""

    reports: list[str] = Field(default=[], description="Left empty: all.")
    fresh: bool = Field(default=False, description="Compute them again, even if nothing has changed.")
    depth: Literal["shallow", "deep"] = "shallow"


class Days(BaseModel):
    """How far back to load."""

    days: int = Field(default=1, ge=1, le=31, description="How many days of statements.")


class Usual(NamedTuple):
    """What is usual of a job."""

    seconds: float
    """How long it takes."""
    source: str
    """Who triggers it first, most of the time."""


USUAL: dict[str, Usual] = {}
jobs: list[Job] = []


def _job(
    name: str, schedule: str, tag: str, owner: str, usual: tuple[float, str], words: str, **more: Any
) -> None:
    USUAL[name] = Usual(*usual)
    fields: dict[str, Any] = {"command": "work", "options": {"task": name}, "retry_backoff": 60.0}
    about = {"tags": (tag,), "owner": owner, "description": words}
    jobs.append(Job(name, schedule=schedule, **{**fields, **about, **more}))


def _billing() -> None:
    words = "Matches bank entries with open invoices, hour by hour."
    runbook = "https://wiki.acme.example/runbooks/reconcile-payments"
    own = {
        "command": "reconcile_payments",
        "options": {},
        "catch_up": "all",
        "catch_up_window": 7 * 24 * HOUR,
    }
    _job(
        "reconcile_payments",
        "0 * * * *",
        "billing",
        "payments",
        (38, "eventbridge"),
        words,
        runbook=runbook,
        **own,
    )
    words = "Loads the bank's statements of yesterday and matches them."
    own = {"command": "import_bank_statements", "options": {}, "params": Days}
    runbook = "https://wiki.acme.example/runbooks/bank"
    _job(
        "import_bank_statements",
        "30 8 * * *",
        "billing",
        "payments",
        (660, "eventbridge"),
        words,
        runbook=runbook,
        **own,
    )
    _job(
        "refresh_exchange_rates",
        "0 */6 * * *",
        "billing",
        "payments",
        (2.4, "celery_beat"),
        "Asks the central bank.",
    )
    _job(
        "send_invoices",
        "0 6 * * *",
        "billing",
        "payments",
        (410, "eventbridge"),
        "Sends the invoices of the day.",
    )
    _job(
        "charge_subscriptions",
        "0 2 * * *",
        "billing",
        "payments",
        (1530, "eventbridge"),
        "Charges what is due.",
        timeout=2 * HOUR,
    )
    _job(
        "export_ledger",
        "35 1 * * *",
        "billing",
        "payments",
        (290, "celery_beat"),
        "Hands the ledger to the accountants.",
    )
    _job(
        "dunning_reminders",
        "30 9 * * *",
        "billing",
        "payments",
        (95, "eventbridge"),
        "Reminds who has not paid.",
    )


def _mail() -> None:
    _job(
        "send_order_reminders",
        "0 8 * * *",
        "mail",
        "growth",
        (108, "eventbridge"),
        "Reminds of orders that wait.",
    )
    _job(
        "bounce_import", "10,40 * * * *", "mail", "growth", (10, "eventbridge"), "Reads what mail came back."
    )
    _job(
        "send_weekly_newsletter",
        "0 10 * * 4",
        "mail",
        "growth",
        (1403, "eventbridge"),
        "Sends the newsletter.",
    )
    _job(
        "send_daily_digest",
        "0 7 * * *",
        "mail",
        "growth",
        (203, "eventbridge"),
        "Sends the digest.",
        timezone=NEW_YORK,
    )


def _integrations() -> None:
    own: dict[str, Any] = {"catch_up": "none", "grace": 15 * MINUTE}
    _job(
        "sync_crm_contacts",
        "20 * * * *",
        "integrations",
        "growth",
        (22, "github_actions"),
        "Contacts, both ways.",
        **own,
    )
    _job(
        "deliver_webhooks",
        "*/10 * * * *",
        "integrations",
        "platform",
        (7, "celery_beat"),
        "Sends what waits.",
    )
    _job(
        "update_low_stock",
        "0 0,12 * * *",
        "integrations",
        "growth",
        (34, "eventbridge"),
        "Orders what is short.",
    )
    _job(
        "moderate_uploads",
        "30 4 * * *",
        "integrations",
        "growth",
        (980, "celery_beat"),
        "Judges new uploads.",
    )


def _search() -> None:
    own: dict[str, Any] = {"timeout": 3 * HOUR}
    _job(
        "rebuild_search_index",
        "30 4 * * *",
        "search",
        "platform",
        (4100, "eventbridge"),
        "Builds the index anew.",
        **own,
    )
    own = {"grace": 15 * MINUTE, "params": Reports, "catch_up": "none"}
    _job(
        "warm_report_cache",
        "*/30 * * * *",
        "search",
        "platform",
        (17, "github_actions"),
        "Computes reports ahead.",
        **own,
    )
    _job(
        "generate_crm_report",
        "0 6 * * 1",
        "search",
        "platform",
        (320, "eventbridge"),
        "The report of the week.",
    )


def _housekeeping() -> None:
    tag = "housekeeping"
    _job("log_heartbeat", "*/15 * * * *", tag, "platform", (0.211, "celery_beat"), "Says that it lives.")
    own = {"timezone": NEW_YORK}
    _job(
        "cleanup_stale_drafts",
        "0 3 * * *",
        tag,
        "growth",
        (55, "eventbridge"),
        "Deletes drafts of last month.",
        **own,
    )
    _job("clear_sessions", "20 3 * * *", tag, "platform", (8.5, "celery_beat"), "Deletes old sessions.")
    _job("archive_job_runs", "5 4 * * *", tag, "platform", (41, "celery_beat"), "Copies old runs away.")
    _job(
        "prune_audit_log",
        "48 4 * * *",
        tag,
        "platform",
        (3.1, "celery_beat"),
        "Deletes entries of years ago.",
    )
    _job("cleanup_inactive_customers", "0 2 * * 0", tag, "growth", (260, "eventbridge"), "Forgets who left.")


for _group in (_billing, _mail, _integrations, _search, _housekeeping):
    _group()

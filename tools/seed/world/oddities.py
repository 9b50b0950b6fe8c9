"""What did not go as usual: of each job, counted from its newest slot back."""

from __future__ import annotations

ODD: dict[str, dict[int, str]] = {
    "reconcile_payments": {0: "failed", 1: "failed", 6: "lost, taken over", 28: "late", 29: "failed"},
    "sync_crm_contacts": {0: "missed", 1: "late", 2: "missed", 35: "late", 37: "skipped"},
    "rebuild_search_index": {0: "overdue", 2: "late"},
    "warm_report_cache": {0: "missed", 1: "late", 3: "late", 4: "late", 43: "failed"},
    "import_bank_statements": {0: "running"},
    "dunning_reminders": {12: "late", 31: "failed"},
    "send_order_reminders": {20: "skipped", 36: "late"},
    "bounce_import": {42: "skipped"},
    "cleanup_stale_drafts": {13: "failed", 47: "late"},
    "send_weekly_newsletter": {20: "late", 22: "failed", 36: "late"},
    "refresh_exchange_rates": {15: "lost", 27: "late", 39: "failed"},
    "send_daily_digest": {26: "skipped"},
    "update_low_stock": {33: "retried"},
    "charge_subscriptions": {17: "timeout"},
    "export_ledger": {9: "cancelled"},
    "generate_crm_report": {5: "late", 31: "failed"},
    "moderate_uploads": {21: "exit"},
    "archive_job_runs": {8: "retried", 40: "missed"},
}
"""A missed slot has no run; nor has the newest one of `warm_report_cache`, which is only late."""
RARE = {"failed": 0.006, "late": 0.014, "missed": 0.003, "retried": 0.01}
"""How often it happens to other slots."""
RARER = 8
"""So much less often to those of jobs that are due many times a day."""
CALM = 50
"""So many newest slots are as they are listed; before them, chance decides."""

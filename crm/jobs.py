"""What this app does on a schedule; the times are those of TIME_ZONE."""

from crm.conf import archive_dir
from jobs_api import Job

MINUTE, HOUR, DAY = 60, 3600, 24 * 3600
RUNBOOKS = "https://crm.example.com/runbooks/"
"""What to do when a job fails: an alert has the address of its page."""

jobs = [
    Job(
        "cleanup_inactive_customers",
        schedule="0 2 * * 0",
        timeout=HOUR,
        # A week without the clean-up is worse than a clean-up on a Wednesday.
        catch_up_window=6 * DAY,
        owner="Customer care",
        runbook=RUNBOOKS + "cleanup-inactive-customers",
        tags=("clean-up", "customers"),
    ),
    Job(
        "send_order_reminders",
        schedule="0 8 * * *",
        timeout=HOUR,
        # A mail server that is away is seldom back after a minute.
        retry_backoff=10 * MINUTE,
        # Nobody wants a reminder at night, and the next morning's run finds the same orders.
        expires=12 * HOUR,
        owner="Sales",
        runbook=RUNBOOKS + "send-order-reminders",
        tags=("mail", "orders"),
    ),
    Job(
        "log_heartbeat",
        schedule="*/5 * * * *",
        timeout=30,
        # A sign of life that comes late is none: no retry, no catching up, nothing after the next slot.
        max_attempts=1,
        catch_up="none",
        expires=5 * MINUTE,
        grace=5 * MINUTE,
        owner="Operations",
        runbook=RUNBOOKS + "log-heartbeat",
        tags=("monitoring",),
    ),
    Job(
        "update_low_stock",
        schedule="0 */12 * * *",
        timeout=10 * MINUTE,
        owner="Warehouse",
        runbook=RUNBOOKS + "update-low-stock",
        tags=("orders",),
    ),
    Job(
        "generate_crm_report",
        schedule="0 6 * * 1",
        timeout=30 * MINUTE,
        retry_backoff=10 * MINUTE,
        # The week's report is of use until the next one.
        catch_up_window=6 * DAY,
        owner="Sales",
        runbook=RUNBOOKS + "generate-crm-report",
        tags=("reports",),
    ),
    Job(
        "cleanup_stale_drafts",
        schedule="0 3 * * *",
        timeout=10 * MINUTE,
        owner="Sales",
        runbook=RUNBOOKS + "cleanup-stale-drafts",
        tags=("clean-up", "orders"),
    ),
    Job(
        "reconcile_payments",
        schedule="0 * * * *",
        timeout=HOUR,
        # Each run looks at its own hour: one that is left out leaves a hole.
        catch_up="all",
        catch_up_window=7 * DAY,
        owner="Finance",
        runbook=RUNBOOKS + "reconcile-payments",
        tags=("money",),
    ),
    Job(
        "moderate_uploads",
        schedule="30 4 * * *",
        timeout=HOUR,
        owner="Customer care",
        runbook=RUNBOOKS + "moderate-uploads",
        tags=("customers",),
    ),
    Job(
        "send_daily_digest",
        schedule="0 7 * * *",
        timeout=30 * MINUTE,
        retry_backoff=10 * MINUTE,
        # In the evening, a report about yesterday is too late.
        expires=12 * HOUR,
        owner="Sales",
        runbook=RUNBOOKS + "send-daily-digest",
        tags=("mail", "reports"),
    ),
    Job(
        "deliver_webhooks",
        schedule="*/2 * * * *",
        # It begins no delivery after 75 seconds, and the last one needs time to end.
        timeout=2 * MINUTE,
        # The next slot is the retry: what this one leaves is due then.
        max_attempts=1,
        # A call that comes a slot late has cost nobody anything.
        grace=5 * MINUTE,
        owner="Operations",
        runbook=RUNBOOKS + "deliver-webhooks",
        tags=("webhooks",),
    ),
    Job(
        "clear_sessions",
        command="clearsessions",
        schedule="15 3 * * *",
        timeout=10 * MINUTE,
        description="Delete expired sessions.",
        owner="Operations",
        runbook=RUNBOOKS + "clear-sessions",
        tags=("clean-up",),
    ),
    Job(
        "archive_job_runs",
        command="jobs_prune",
        args=["--archive", str(archive_dir())],
        schedule="45 3 * * *",
        # The first one after years without it may have millions of runs to write.
        timeout=2 * HOUR,
        description="Write runs older than the retention to compressed files, then prune them.",
        owner="Operations",
        runbook=RUNBOOKS + "archive-job-runs",
        tags=("clean-up",),
    ),
]

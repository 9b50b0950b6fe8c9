"""What this app does on a schedule; the times are those of TIME_ZONE."""

from crm.conf import archive_dir
from jobs_api import Job

MINUTE, HOUR = 60, 3600

jobs = [
    Job(
        "cleanup_inactive_customers",
        schedule="0 2 * * 0",
        timeout=HOUR,
        # A week without the clean-up is worse than a clean-up on a Wednesday.
        catch_up_window=6 * 24 * HOUR,
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
    ),
    Job("cleanup_stale_drafts", schedule="0 3 * * *", timeout=10 * MINUTE),
    Job(
        "clear_sessions",
        command="clearsessions",
        schedule="15 3 * * *",
        timeout=10 * MINUTE,
        description="Delete expired sessions.",
    ),
    Job(
        "archive_job_runs",
        command="jobs_prune",
        args=["--archive", str(archive_dir())],
        schedule="45 3 * * *",
        # The first one after years without it may have millions of runs to write.
        timeout=2 * HOUR,
        description="Write runs older than the retention to compressed files, then prune them.",
    ),
]

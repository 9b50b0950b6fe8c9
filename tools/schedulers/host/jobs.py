"""Jobs of each minute: schedulers trigger those called tick_*, run-due alone the last one."""

import os

from jobs_api import Job

SAME = {"command": "tick", "schedule": "* * * * *", "timezone": "UTC", "timeout": 30}

each_minute = [
    Job("tick_ok", **SAME),
    Job("tick_fails", **SAME, options={"fail": True}, max_attempts=1),
    *([Job("tick_queued", **SAME, executor=name)] if (name := os.environ.get("HOST_EXECUTOR")) else []),
    Job("due_only", **SAME),
]
jobs = [] if os.environ.get("HOST_ENGINE") == "runcrons" else each_minute
"""Cron classes become jobs of these names."""

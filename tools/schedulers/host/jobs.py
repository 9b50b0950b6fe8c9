"""Jobs of each minute: schedulers trigger those called tick_*, run-due alone the last one."""

import os

from jobs_api import Job

SAME = {"command": "tick", "schedule": "* * * * *", "timezone": "UTC", "timeout": 30}

jobs = [
    Job("tick_ok", **SAME),
    Job("tick_fails", **SAME, options={"fail": True}, max_attempts=1),
    *([Job("tick_queued", **SAME, executor=name)] if (name := os.environ.get("HOST_EXECUTOR")) else []),
    Job("due_only", **SAME),
]

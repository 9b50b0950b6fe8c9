"""cron-job.org: sends no scheduled time; its `%cjo:unixtime%` is up to a minute early."""

from __future__ import annotations

from jobs_api.callers import Caller

caller = Caller("cron_job_org", "cron-job.org")

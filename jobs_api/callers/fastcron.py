"""FastCron: sends no scheduled time; only 200 to 204 count as a success there."""

from __future__ import annotations

from jobs_api.callers import Caller

# Source: fastcron.com/reference/cron, the default of `userAgent`; a job may have another.
caller = Caller("fastcron", "Mozilla/5.0 (compatible; FastCron/")

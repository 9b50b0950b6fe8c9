"""Vercel: its cron jobs and the paths of its Schedules are called with a GET and `Bearer $CRON_SECRET`.

The header x-vercel-cron-schedule has the expression, which is no time: it is noted only. A private function
of Schedules is told its scheduled time, and passes it on as our own header.
"""

from __future__ import annotations

from jobs_api.callers import Call, Caller

EXPRESSION = "x-vercel-cron-schedule"


class Vercel(Caller):
    """Source: vercel.com/docs/cron-jobs/manage-cron-jobs and vercel.com/docs/schedules/handle-runs."""

    def reference(self, call: Call) -> str:
        expression = call.headers.get(EXPRESSION, "")
        return f"{EXPRESSION} {expression}" if expression else ""


caller = Vercel("vercel", "vercel-cron")

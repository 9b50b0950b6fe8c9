"""Google Cloud Scheduler: sends the scheduled time in a header (RFC 3339)."""

from __future__ import annotations

from jobs_api.callers import Call, Caller


class CloudScheduler(Caller):
    """Source: google/cloud/scheduler/v1/target.proto and job.proto, in googleapis."""

    mark = "X-CloudScheduler"

    def signed(self, call: Call) -> bool:
        return call.headers.get(self.mark) == "true"

    def scheduled_at(self, call: Call) -> str | None:
        return call.headers.get("X-CloudScheduler-ScheduleTime")

    def reference(self, call: Call) -> str:
        return call.headers.get("X-CloudScheduler-JobName", "")


caller = CloudScheduler("cloud_scheduler", "Google-Cloud-Scheduler")

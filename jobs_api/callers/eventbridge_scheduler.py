"""Amazon EventBridge Scheduler: it puts an event on a bus, and a rule posts that to an API destination.

The event's own `time` is the moment of putting it, also where that was repeated. The scheduled time is in
`detail.scheduled_at`, which the schedules of our export have filled in.
"""

from __future__ import annotations

from jobs_api.callers import Call, Caller
from jobs_api.callers.eventbridge import MARKS, SCHEDULES, text_of


class EventBridgeScheduler(Caller):
    """Source: docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html."""

    def signed(self, call: Call) -> bool:
        body = call.body or {}
        return body.keys() >= MARKS and body["source"] == SCHEDULES

    def scheduled_at(self, call: Call) -> str | None:
        detail = (call.body or {}).get("detail")
        return text_of(detail, "scheduled_at") if isinstance(detail, dict) else None

    def reference(self, call: Call) -> str:
        return text_of(call.body or {}, "id") or ""


caller = EventBridgeScheduler("eventbridge_scheduler")

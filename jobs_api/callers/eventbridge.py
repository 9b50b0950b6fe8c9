"""Amazon EventBridge: a rule with an API destination posts an event with its time and id.

EventBridge Scheduler reaches an API destination through a bus: it puts an event there, whose `time` is the
moment of putting it. The scheduled time is then in `detail.scheduled_at`, where the export
`eventbridge-scheduler` has it filled in.
"""

from __future__ import annotations

from jobs_api.callers import Call, Caller, Envelope

MARKS = {"id", "time", "detail-type", "source"}
RULE, SCHEDULE = "Scheduled Event", "Scheduled Job"
"""The types of the event that a scheduled rule makes, and of the one that our schedules put on a bus."""


class EventBridge(Caller):
    """Source: docs.aws.amazon.com/eventbridge/latest/userguide, "API destinations"; and

    docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html.
    """

    def signed(self, call: Call) -> bool:
        return call.body is not None and self.owns_body(call.body)

    def owns_body(self, body: Envelope) -> bool:
        return body.keys() >= MARKS

    def scheduled_at(self, call: Call) -> str | None:
        event = call.body or {}
        kind, detail = _text(event, "detail-type"), event.get("detail")
        if kind == SCHEDULE and isinstance(detail, dict):
            return _text(detail, "scheduled_at")
        return _text(event, "time") if kind == RULE else None

    def reference(self, call: Call) -> str:
        return _text(call.body or {}, "id") or ""


def _text(values: Envelope, key: str) -> str | None:
    value = values.get(key)
    return value if isinstance(value, str) else None


caller = EventBridge("eventbridge", "Amazon/EventBridge/ApiDestinations")

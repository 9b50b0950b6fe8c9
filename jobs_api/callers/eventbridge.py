"""Amazon EventBridge: a rule with an API destination posts an event with its time and id."""

from __future__ import annotations

from jobs_api.callers import Call, Caller, Envelope

MARKS = {"id", "time", "detail-type", "source"}
SCHEDULES = "jobs_api.schedules"
"""The source of the events that our schedules put on a bus; see `eventbridge_scheduler`."""


class EventBridge(Caller):
    """Source: docs.aws.amazon.com/eventbridge/latest/userguide, "API destinations"."""

    def signed(self, call: Call) -> bool:
        body = call.body or {}
        return self.owns_body(body) and body["source"] != SCHEDULES

    def owns_body(self, body: Envelope) -> bool:
        return body.keys() >= MARKS

    def scheduled_at(self, call: Call) -> str | None:
        event = call.body or {}
        return text_of(event, "time") if text_of(event, "detail-type") == "Scheduled Event" else None

    def reference(self, call: Call) -> str:
        return text_of(call.body or {}, "id") or ""


def text_of(values: Envelope, key: str) -> str | None:
    """A member of a JSON object, if it is text."""
    value = values.get(key)
    return value if isinstance(value, str) else None


caller = EventBridge("eventbridge", "Amazon/EventBridge/ApiDestinations")

"""Amazon EventBridge: a rule with an API destination posts an event with its time and id."""

from __future__ import annotations

from jobs_api.callers import Call, Caller, Envelope

MARKS = {"id", "time", "detail-type", "source"}


class EventBridge(Caller):
    """Source: docs.aws.amazon.com/eventbridge/latest/userguide, "API destinations"."""

    def signed(self, call: Call) -> bool:
        return call.body is not None and self.owns_body(call.body)

    def owns_body(self, body: Envelope) -> bool:
        return body.keys() >= MARKS

    def scheduled_at(self, call: Call) -> str | None:
        return _text(call, "time") if _text(call, "detail-type") == "Scheduled Event" else None

    def reference(self, call: Call) -> str:
        return _text(call, "id") or ""


def _text(call: Call, key: str) -> str | None:
    value = (call.body or {}).get(key)
    return value if isinstance(value, str) else None


caller = EventBridge("eventbridge", "Amazon/EventBridge/ApiDestinations")

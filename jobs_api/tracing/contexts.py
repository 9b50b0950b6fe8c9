"""Between the contexts of OpenTelemetry and the text that is stored with an attempt."""

from __future__ import annotations

from opentelemetry import trace
from opentelemetry.trace import Link, SpanContext, TraceFlags

from jobs_api.runs import trace_context


def current() -> str:
    """The context of the span in which this code runs; "" outside of any."""
    context = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return ""
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(context.trace_flags) & 0xFF:02x}"


def parsed(traceparent: str) -> SpanContext | None:
    """A context of another process; None if the text is none."""
    text = trace_context.valid(traceparent)
    if not text:
        return None
    _, trace_id, span_id, flags = text.split("-")
    return SpanContext(
        int(trace_id, 16), int(span_id, 16), is_remote=True, trace_flags=TraceFlags(int(flags, 16))
    )


def links(*traceparents: str) -> list[Link]:
    """To each of these, once; not to one whose span is the current one, as that is the parent."""
    here = trace.get_current_span().get_span_context()
    found = {(context.trace_id, context.span_id): context for context in map(parsed, traceparents) if context}
    found.pop((here.trace_id, here.span_id), None)
    return [Link(context) for context in found.values()]

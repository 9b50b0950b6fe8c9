"""A span for each trigger, from its slot to its answer. An attempt keeps its context.

The caller's own context is a link, not the parent: a caller outside must not decide what is sampled here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

from jobs_api import signals
from jobs_api.execution import around
from jobs_api.runs import trace_context
from jobs_api.text import unbroken
from jobs_api.tracing import contexts, names
from jobs_api.triggers.request import UNSUCCESSFUL, Request

_tracer = trace.get_tracer(names.TRACER)
_current: ContextVar[Span | None] = ContextVar("jobs_api_trigger_span", default=None)
"""Ours, in which the answer is told."""


def listen() -> None:
    """Begin."""
    around.trigger.put(_span)
    trace_context.provide(contexts.current)
    signals.trigger_answered.connect_ours(_answered)


def ignore() -> None:
    """Stop."""
    around.trigger.take_away(_span)
    trace_context.withdraw(contexts.current)
    signals.trigger_answered.disconnect_ours(_answered)


@contextmanager
def _span(request: Request) -> Iterator[None]:
    job, by = request.job.name, request.trigger
    within = trace.get_current_span().get_span_context()
    alone = by.kind == "http" and not within.is_valid  # else the project's own span is the server's
    told = {names.JOB: job, names.TRIGGER: by.kind, names.SOURCE: by.source, names.ACTOR: by.actor}
    with _tracer.start_as_current_span(
        f"{names.TRIGGER_SPAN} {job}",
        kind=SpanKind.SERVER if alone else SpanKind.INTERNAL,
        attributes={key: unbroken(value[:100]) for key, value in told.items() if value},
        links=contexts.links(by.traceparent),
        record_exception=False,  # it may quote a statement or its parameters; our log has it
        set_status_on_exception=False,
    ) as span:
        token = _current.set(span)
        try:
            yield
        except BaseException as error:
            span.set_attribute(names.ERROR_TYPE, type(error).__name__)
            span.set_status(Status(StatusCode.ERROR))
            raise
        finally:
            _current.reset(token)


def _answered(**event: Any) -> None:
    span, outcome = _current.get(), event["outcome"]
    if span is None:
        return
    told = {names.RUN_DATE: event["run_date"].isoformat(), names.OUTCOME: str(outcome)}
    told |= {names.RUN: event["run"], names.ATTEMPT: event["attempt"]}
    span.set_attributes({key: value for key, value in told.items() if value is not None})
    if outcome in UNSUCCESSFUL:
        span.set_attribute(names.ERROR_TYPE, outcome)
        span.set_status(Status(StatusCode.ERROR))

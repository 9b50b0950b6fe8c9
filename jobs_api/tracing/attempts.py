"""A span for each attempt, in the process that holds its lease; it is current while the command runs.

Where a span is current already, it is the parent: inline the trigger's, in a worker what the project's own
instrumentation has begun. An attempt elsewhere begins a trace of its own, linked to its trigger: it may begin
days later, and again. Spans of a command in a forked child are children of it, too.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

from jobs_api import signals
from jobs_api.database import ERRORS, alias
from jobs_api.database.bounds import bounded
from jobs_api.exceptions import LeaseLost
from jobs_api.execution import around
from jobs_api.models import JobAttempt, State
from jobs_api.outgoing import without_secrets
from jobs_api.runs.types import Lease
from jobs_api.text import loggers, unbroken, visible
from jobs_api.tracing import contexts, names

logger = loggers.logger(__name__)

MOST_CHARACTERS = 8000
"""Of a traceback, from its end."""
SHORT = 300
"""Of a text in one line."""

_tracer = trace.get_tracer(names.TRACER)
_open: dict[tuple[int, int], Span] = {}
"""The spans of the attempts that this process holds, by run and attempt."""


def listen() -> None:
    """Begin."""
    around.attempt.put(_span)
    signals.attempt_finished.connect_ours(_finished)


def ignore() -> None:
    """Stop."""
    around.attempt.take_away(_span)
    signals.attempt_finished.disconnect_ours(_finished)
    _open.clear()


@contextmanager
def _span(lease: Lease) -> Iterator[None]:
    within = trace.get_current_span().get_span_context()
    span = _tracer.start_span(
        f"{names.ATTEMPT_SPAN} {lease.job_name}",
        kind=SpanKind.INTERNAL if within.is_valid else SpanKind.CONSUMER,  # taken from a queue
        attributes=_about(_event_of(lease)),
        links=contexts.links(lease.traceparent, _of_the_first(lease)),
    )
    key = lease.run_id, lease.attempt
    _open[key] = span
    try:
        with trace.use_span(span, end_on_exit=False, record_exception=False, set_status_on_exception=False):
            yield
    except BaseException as error:
        if _open.pop(key, None) is not None:  # its end was not written here
            span.set_attribute(names.ERROR_TYPE, _kind(error))
            span.set_status(Status(StatusCode.ERROR, "Its end was not written by this process."))
        raise
    finally:
        _open.pop(key, None)
        span.end()


def _kind(error: BaseException) -> str:
    return names.LEASE_LOST if isinstance(error, LeaseLost) else type(error).__name__


def _event_of(lease: Lease) -> dict[str, Any]:
    """A lease in the words of the signals."""
    about = {"job": lease.job_name, "run": lease.run_id, "run_date": lease.run_date, "attempt": lease.attempt}
    return {**about, "trigger": lease.trigger, "source": lease.source, "actor": lease.actor}


def _about(event: Mapping[str, Any]) -> dict[str, Any]:
    told = {
        names.JOB: event["job"],
        names.RUN: event["run"],
        names.RUN_DATE: event["run_date"].isoformat(),
        names.ATTEMPT: event["attempt"],
        names.TRIGGER: event["trigger"],
        names.SOURCE: unbroken(event["source"]),
        names.ACTOR: unbroken(event["actor"]),
    }
    return {key: value for key, value in told.items() if value != ""}


def _of_the_first(lease: Lease) -> str:
    """The context of the trigger that made the run, where this is a later attempt: one statement."""
    if lease.attempt < 2:
        return ""
    try:
        with bounded():
            first = JobAttempt.objects.using(alias()).filter(run_id=lease.run_id, attempt=1)
            return first.values_list("traceparent", flat=True).first() or ""
    except ERRORS:  # the attempt goes on without that link
        return ""


def _finished(**event: Any) -> None:
    span = _open.pop((event["run"], event["attempt"]), None)
    if span is not None:
        _close(span, event)
    elif event["closed_by"] == "reaper" and event["started_at"] is not None:
        _make_up(event)


def _make_up(event: Mapping[str, Any]) -> None:
    """The span of an attempt whose process has died with it."""
    span = _tracer.start_span(
        f"{names.ATTEMPT_SPAN} {event['job']}",
        context=trace.set_span_in_context(trace.INVALID_SPAN),  # it did not run within what runs here
        kind=SpanKind.CONSUMER,
        attributes=_about(event),
        links=contexts.links(event["traceparent"]),
        start_time=_nanoseconds(event["started_at"]),
    )
    _close(span, event)
    span.end(_nanoseconds(event["finished_at"]))


def _nanoseconds(at: datetime) -> int:
    return round(at.timestamp() * 1_000_000) * 1000


def _close(span: Span, event: Mapping[str, Any]) -> None:
    span.set_attributes({names.STATE: event["state"], names.CLOSED_BY: event["closed_by"]})
    if event["reason"]:
        span.set_attribute(names.REASON, event["reason"])
    if event["exception"] is not None:
        _record(span, event["exception"])
    if event["state"] == State.FAILED:
        span.set_attribute(names.ERROR_TYPE, event["reason"])
        span.set_status(Status(StatusCode.ERROR, _short(event["error"])))


def _record(span: Span, error: BaseException) -> None:
    """What the command raised, as the log has it, but for secrets: made visible, and without variables."""
    try:
        text = "".join(traceback.format_exception(error))[-2 * MOST_CHARACTERS :]
        text = visible(without_secrets(text))[-MOST_CHARACTERS:]
        message = _short(str(error))
    except BaseException:  # noqa: BLE001 - a command's own exception may do anything
        text = message = "(its text cannot be made)"
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    told = {"exception.type": name, "exception.message": message, "exception.stacktrace": text}
    span.add_event("exception", told)


def _short(text: str) -> str:
    """In one line, without secrets: an exporter sends it to somebody else."""
    return unbroken(without_secrets(text[:MOST_CHARACTERS])[:SHORT])


def _forget() -> None:
    """In a forked command: its parent ends the span, and knows how the attempt has ended."""
    _open.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)

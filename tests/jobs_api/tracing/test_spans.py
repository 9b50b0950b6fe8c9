"""A span for each trigger and each attempt, joined by parents and links."""

from __future__ import annotations

import dataclasses
import json
import logging
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from opentelemetry import trace
from opentelemetry.trace import SpanKind, StatusCode

from jobs_api import RunStopped
from jobs_api import trigger as public_trigger
from jobs_api.execution import around
from jobs_api.execution.perform import perform
from jobs_api.logs import JSONFormatter
from jobs_api.models import JobRun, State
from jobs_api.runs.types import RUN_DUE, Trigger
from jobs_api.triggers import due
from tests.conftest import stored_run
from tests.databases import ONE_DATABASE
from tests.jobs_api.execution.attempts import begun
from tests.jobs_api.executors.backends import IMMEDIATE
from tests.jobs_api.triggers.asking import RECENT, trigger
from tests.jobs_api.worker.supervising import supervised

from .conftest import CONTEXT, SPAN, TRACE

pytestmark = [pytest.mark.django_db(transaction=True), ONE_DATABASE]

BY = Trigger("http", "curl", "ci", traceparent=CONTEXT)


def nothing(command, **options):
    """Does nothing."""


def raises(error):
    def behave(command, **options):
        raise error

    return behave


def ids(span):
    """The trace and the span of it, or of a link, as a traceparent writes them."""
    return format(span.context.trace_id, "032x"), format(span.context.span_id, "016x")


def links(span):
    return [
        (format(link.context.trace_id, "032x"), format(link.context.span_id, "016x")) for link in span.links
    ]


def traceparent(span):
    return "00-{}-{}-{:02x}".format(*ids(span), span.context.trace_flags)


def test_an_inline_attempt_is_within_its_trigger_and_the_command_within_it(declare, toy, own, exported):
    toy(own)
    trigger(declare(), now=None, by=BY)
    triggered, run, command = map(exported.one, ("jobs_api.trigger", "jobs_api.run", "the command"))
    assert (triggered.name, run.name) == ("jobs_api.trigger nightly", "jobs_api.run nightly")
    assert triggered.parent is None
    assert run.parent.span_id == triggered.context.span_id
    assert command.parent.span_id == run.context.span_id
    assert len({ids(span)[0] for span in (triggered, run, command)}) == 1
    assert (triggered.kind, run.kind) == (SpanKind.SERVER, SpanKind.INTERNAL)
    assert (links(triggered), links(run)) == ([(TRACE, SPAN)], [])


def test_the_attempt_keeps_the_triggers_context_and_the_log_has_the_same_trace(
    declare, toy, caplog, exported
):
    caplog.set_level(logging.INFO, "jobs_api.transitions")
    toy(nothing)
    trigger(declare(), now=None, by=BY)
    triggered = exported.one("jobs_api.trigger")
    assert JobRun.objects.get().traceparent == traceparent(triggered)
    lines = [JSONFormatter().format(one) for one in caplog.records if one.name == "jobs_api.transitions"]
    assert {json.loads(line)["trace_id"] for line in lines} == {ids(exported.one("jobs_api.run"))[0]}
    assert len(lines) == 3


def test_they_say_what_was_triggered_by_whom_and_what_came_of_it(declare, toy, exported):
    toy(nothing)
    trigger(declare(), now=None, by=BY)
    run = JobRun.objects.get()
    about = {
        "jobs_api.job": "nightly",
        "jobs_api.run_date": RECENT.isoformat(),
        "jobs_api.run.id": run.pk,
        "jobs_api.attempt": 1,
        "jobs_api.trigger": "http",
        "jobs_api.source": "curl",
        "jobs_api.actor": "ci",
    }
    assert dict(exported.one("jobs_api.trigger").attributes) == {**about, "jobs_api.outcome": "succeeded"}
    ended = {"jobs_api.state": "succeeded", "jobs_api.closed_by": "holder"}
    assert dict(exported.one("jobs_api.run").attributes) == {**about, **ended}


FAILURES = {
    "raises": (ValueError("boom\x1b[2J"), "error", ["ValueError"]),
    "exits": (SystemExit(3), "exit", []),
    "is too slow": (RunStopped("timeout"), "timeout", ["jobs_api.exceptions.RunStopped"]),
}


@pytest.mark.parametrize(("error", "reason", "kinds"), FAILURES.values(), ids=FAILURES)
def test_a_failed_attempt_is_an_error_with_what_was_raised(declare, toy, exported, error, reason, kinds):
    toy(raises(error))
    trigger(declare(), now=None, by=BY)
    run, triggered = exported.one("jobs_api.run"), exported.one("jobs_api.trigger")
    assert (run.status.status_code, triggered.status.status_code) == (StatusCode.ERROR,) * 2
    assert run.attributes["error.type"] == run.attributes["jobs_api.reason"] == reason
    assert triggered.attributes["error.type"] == "failed"
    assert [(event.name, event.attributes["exception.type"]) for event in run.events] == [
        ("exception", kind) for kind in kinds
    ]
    texts = [text for event in run.events for text in event.attributes.values()]
    assert any("Traceback" in text for text in texts) == bool(kinds)
    assert not [text for text in [run.status.description, *texts] if "\x1b" in text]


def test_what_looks_like_a_secret_is_masked(declare, toy, exported, settings):
    """An exporter sends it to somebody else."""
    toy(raises(ValueError(f"postgres://shop:horse@db/shop refused TOKEN=horse {settings.CRON_SECRET}")))
    trigger(declare(), now=None)
    run = exported.one("jobs_api.run")
    [event] = run.events
    for text in (run.status.description, *event.attributes.values()):
        assert "horse" not in text
        assert settings.CRON_SECRET not in text
    assert event.attributes["exception.message"] == "postgres://***@db/shop refused TOKEN=*** ***"


class Stubborn(Exception):
    def __str__(self):
        raise KeyboardInterrupt


def test_an_exception_that_cannot_be_told_harms_nothing(declare, toy, exported):
    toy(raises(Stubborn()))
    assert trigger(declare(), now=None).outcome == "failed"
    assert exported.one("jobs_api.run").status.status_code == StatusCode.ERROR


def test_a_cancelled_attempt_is_no_error(declare, toy, exported):
    toy(raises(RunStopped("cancelled")))
    trigger(declare(), now=None)
    assert exported.one("jobs_api.run").status.status_code == StatusCode.UNSET


def test_a_repeat_has_a_span_and_no_attempt(declare, exported):
    stored_run(declare(), RECENT)
    trigger(declare(), now=None, by=BY)
    assert exported.names == ["jobs_api.trigger nightly"]
    assert exported.spans[0].attributes["jobs_api.outcome"] == "already_succeeded"
    assert exported.spans[0].status.status_code == StatusCode.UNSET


def test_a_trigger_within_the_projects_own_span_is_its_child(declare, toy, exported):
    toy(nothing)
    with trace.get_tracer("django").start_as_current_span("POST", kind=SpanKind.SERVER) as server:
        trigger(declare(), now=None, by=BY)
    triggered = exported.one("jobs_api.trigger")
    assert triggered.parent.span_id == server.context.span_id
    assert triggered.kind == SpanKind.INTERNAL
    assert links(triggered) == [(TRACE, SPAN)]


def test_a_job_that_a_command_triggers_is_within_that_command(declare, toy, exported):
    declare("second")
    done = []

    def behave(command, **options):
        if not done:
            done.append(True)
            public_trigger("second")

    toy(behave)
    trigger(declare("first"), now=None, by=BY)
    inner, outer = exported.one("jobs_api.trigger second"), exported.one("jobs_api.run first")
    assert inner.parent.span_id == outer.context.span_id


def test_an_attempt_in_a_worker_begins_a_trace_and_is_linked_to_its_trigger(declare, toy, own, exported):
    toy(own)
    job = declare()
    lease = dataclasses.replace(begun(job), traceparent=CONTEXT)
    perform(job, lease)
    run, command = exported.one("jobs_api.run"), exported.one("the command")
    assert (run.parent, run.kind) == (None, SpanKind.CONSUMER)
    assert links(run) == [(TRACE, SPAN)]
    assert command.parent.span_id == run.context.span_id


def test_within_a_workers_own_span_it_is_its_child(settings, declare, toy, exported):
    """As Celery's instrumentation makes one around each task; here the engine is in the same process."""
    settings.TASKS = IMMEDIATE
    toy(nothing)
    trigger(declare(executor="django_tasks"), now=None, by=BY)
    run, triggered = exported.one("jobs_api.run"), exported.one("jobs_api.trigger")
    assert run.parent.span_id == triggered.context.span_id
    assert links(run) == []


def test_a_retry_is_linked_to_the_trigger_that_made_the_run(declare, toy, exported):
    toy(raises(ValueError))
    job = declare(retry_backoff=0)
    trigger(job, now=None, by=BY)
    first = exported.one("jobs_api.trigger")
    for _ in range(2):
        due.run_due(Trigger(RUN_DUE))
    *_, second, third = [span for span in exported.spans if span.name == "jobs_api.run nightly"]
    assert links(second) == links(third) == [ids(first)]
    own = [span for span in exported.spans if span.name.startswith("jobs_api.trigger")]
    assert [second.parent.span_id, third.parent.span_id] == [one.context.span_id for one in own[1:]]


def test_an_attempt_that_died_gets_its_span_from_whoever_closes_it(declare, exported):
    run = stored_run(declare(), RECENT, state=State.RUNNING, traceparent=CONTEXT, source="curl")
    call_command("jobs_reap")
    span = exported.one("jobs_api.run")
    run.refresh_from_db()
    assert (span.start_time, span.end_time) == (
        int(run.started_at.timestamp() * 1e9),
        round(run.finished_at.timestamp() * 1e6) * 1000,
    )
    assert (span.parent, links(span)) == (None, [(TRACE, SPAN)])
    assert (span.attributes["error.type"], span.attributes["jobs_api.closed_by"]) == ("lost", "reaper")


def test_one_that_never_began_has_none(declare, exported):
    stored_run(declare(), RECENT, state=State.CLAIMED, started_at=None)
    call_command("jobs_reap")
    assert exported.names == []


def test_a_holder_that_has_lost_its_lease_says_so(declare, toy, exported):
    toy(lambda command, **options: JobRun.objects.update(attempt=2))
    trigger(declare(), now=None)
    assert exported.one("jobs_api.run").attributes["error.type"] == "lease_lost"


def test_a_supervised_command_is_one_span_that_its_supervisor_ends(declare, toy, own, exported):
    toy(own)
    supervised(declare())
    assert exported.names == ["jobs_api.run nightly"]  # the child has an exporter of its own
    assert exported.spans[0].attributes["jobs_api.state"] == "succeeded"


# -- what it costs and what it cannot harm -------------------------------------------------------


def test_a_first_attempt_takes_no_statement_more_and_a_retry_one(declare, toy, exported):
    toy(raises(ValueError))
    job = declare(retry_backoff=0)
    trigger(job, now=None, run_date=RECENT - timedelta(days=300))
    with CaptureQueriesContext(connection) as queries:
        trigger(job, now=None)
    assert len(queries) == 3
    with CaptureQueriesContext(connection) as queries:
        trigger(job, now=None)
    assert [query["sql"] for query in queries if "jobs_api_jobattempt" in query["sql"]][1:] != []


def test_tracing_that_breaks_changes_nothing(declare, toy, exported, caplog, monkeypatch):
    toy(nothing)

    def breaks(*args, **named):
        raise RuntimeError("a bug of an SDK")

    monkeypatch.setattr("jobs_api.tracing.triggers._tracer", breaks)
    monkeypatch.setattr("jobs_api.tracing.attempts._tracer", breaks)
    monkeypatch.setattr("jobs_api.tracing.meters._attempts", breaks)
    assert trigger(declare(), now=None, by=BY).outcome == "succeeded"
    assert JobRun.objects.get().traceparent == CONTEXT


def test_without_an_sdk_nothing_is_recorded_and_the_callers_context_is_kept(
    declare, toy, exported, monkeypatch
):
    none = trace.NoOpTracer()
    monkeypatch.setattr("jobs_api.tracing.triggers._tracer", none)
    monkeypatch.setattr("jobs_api.tracing.attempts._tracer", none)
    toy(nothing)
    trigger(declare(), now=None, by=BY)
    assert exported.names == []
    assert JobRun.objects.get().traceparent == CONTEXT


def test_while_it_is_off_nothing_is_put_around_anything(declare, toy, sdk):
    toy(nothing)
    assert around.trigger(None) is around.attempt(None)
    trigger(declare(), now=None, by=BY)
    assert JobRun.objects.get().traceparent == CONTEXT

"""One line for each transition, once, in the process in which it happened."""

from __future__ import annotations

import json
import logging
import sys
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection, connections
from django.test import override_settings
from django.utils import timezone

from jobs_api import RunStopped, executors, signals
from jobs_api import trigger as public_trigger
from jobs_api.exceptions import NoRoom, SubmitFailed
from jobs_api.logs import JSONFormatter
from jobs_api.models import JobRun, State
from jobs_api.runs import transition_log
from jobs_api.runs.types import RUN_DUE, Trigger
from jobs_api.triggers import due
from jobs_api.triggers.cancelling import cancel_run
from tests.conftest import stored_run
from tests.databases import ONE_DATABASE
from tests.jobs_api.executors.backends import IMMEDIATE
from tests.jobs_api.triggers.asking import RECENT, trigger
from tests.jobs_api.worker.supervising import supervised

pytestmark = [pytest.mark.django_db(transaction=True), ONE_DATABASE]

CONTEXT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
BY = Trigger("http", "curl", "ci", "a reason", traceparent=CONTEXT)


def nothing(command, **options):
    """Does nothing."""


def raises(error):
    def behave(command, **options):
        raise error

    return behave


def courier(error):
    class Courier(executors.Executor):
        def submit(self, job, lease):
            if isinstance(error, NoRoom):
                type(self).full = lambda self: True
            raise error

    return lambda name: Courier()


# -- a table of what happens, from which state, and the lines of it ------------------------------


def an_attempt(behave, **fields):
    def happen(declare, toy, monkeypatch):
        toy(behave)
        trigger(declare(**fields), now=None, by=BY)

    return happen


def submitting(error):
    def happen(declare, toy, monkeypatch):
        monkeypatch.setattr(executors, "load", courier(error))
        trigger(declare(), now=None, by=BY)

    return happen


def again(state, **fields):
    """A trigger, or run-due, finds a run of this state."""

    def happen(declare, toy, monkeypatch):
        toy(nothing)
        stored_run(declare(), RECENT, state=state, **fields)
        due.run_due(Trigger(RUN_DUE))

    return happen


def reaped(**fields):
    def happen(declare, toy, monkeypatch):
        stored_run(declare(), RECENT, **{"state": State.RUNNING, **fields})
        for _ in range(2):
            call_command("jobs_reap")

    return happen


def asked(*args, **named):
    def happen(declare, toy, monkeypatch):
        toy(nothing)
        run = stored_run(declare(), RECENT, **named)
        call_command(*args[:1], *(str(run.pk) if word == "RUN" else word for word in args[1:]), reason="why")

    return happen


def soon():
    return timezone.now() + timedelta(hours=1)


def an_overlap(declare, toy, monkeypatch):
    job = declare()
    stored_run(job, RECENT.replace(year=2020), state=State.RUNNING, lease_expires_at=soon())
    trigger(job, now=None, by=BY)


def a_backfill(declare, toy, monkeypatch):
    declare(schedule="0 * * * *")
    day = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=2)
    call_command("jobs_backfill", "nightly", day.isoformat(), day.replace(hour=2).isoformat(), reason="why")


def too_old(declare, toy, monkeypatch):
    stored_run(declare(expires=60), RECENT, state=State.QUEUED, next_attempt_at=RECENT)
    due.run_due(Trigger(RUN_DUE))


def cancelled(state):
    def happen(declare, toy, monkeypatch):
        leased = {} if state == State.QUEUED else {"lease_expires_at": soon()}
        cancel_run(stored_run(declare(), RECENT, state=state, **leased), actor="ann", reason="why")

    return happen


def paused_by_a_clock(declare, toy, monkeypatch):
    declare()
    call_command("jobs_pause", "nightly", until=soon().isoformat())
    from jobs_api.models import JobPause

    JobPause.objects.update(started_at=RECENT - timedelta(hours=1), until=RECENT)
    due.run_due(Trigger(RUN_DUE), seconds=1, allowed=lambda name: False)


STARTED = "claimed claimed", "started running"
TABLE = {
    "succeeds": (an_attempt(nothing), *STARTED, "finished succeeded"),
    "fails": (an_attempt(raises(ValueError)), *STARTED, "finished failed error"),
    "exits": (an_attempt(raises(SystemExit(3))), *STARTED, "finished failed exit"),
    "is too slow": (an_attempt(raises(RunStopped("timeout"))), *STARTED, "finished failed timeout"),
    "is interrupted": (
        an_attempt(raises(RunStopped("interrupted"))),
        *STARTED,
        "finished failed interrupted",
    ),
    "stops as asked": (an_attempt(raises(RunStopped("cancelled"))), *STARTED, "finished cancelled cancelled"),
    "is delivered": (
        override_settings(TASKS=IMMEDIATE)(an_attempt(nothing, executor="django_tasks")),
        *STARTED,
        "finished succeeded",
    ),
    "is not taken": (submitting(SubmitFailed("away")), STARTED[0], "finished failed submit_failed"),
    "has no room": (submitting(NoRoom()), STARTED[0], "queued queued"),
    "was queued": (again(State.QUEUED, next_attempt_at=RECENT), *STARTED, "finished succeeded"),
    "had failed": (again(State.FAILED, next_attempt_at=RECENT), *STARTED, "finished succeeded"),
    "was lost": (reaped(), "lost failed lost"),
    "was lost before it began": (reaped(state=State.CLAIMED), "lost failed lost"),
    "was to stop and was lost": (reaped(cancel_requested_at=RECENT), "lost cancelled cancelled"),
    "was lost and is tried again": (
        again(State.RUNNING),
        "lost failed lost",
        *STARTED,
        "finished succeeded",
    ),
    "is run again": (asked("jobs_rerun", "RUN"), *STARTED, "finished succeeded"),
    "overlaps": (an_overlap, "skipped skipped"),
    "is too old": (too_old, "expired failed submit_failed"),
    "is ordered": (a_backfill, "queued queued", "queued queued"),
    "is cancelled while it waits": (cancelled(State.QUEUED), "cancelled cancelled cancelled"),
    "is cancelled before it begins": (cancelled(State.CLAIMED), "cancelled cancelled cancelled"),
    "is asked to stop": (cancelled(State.RUNNING), "cancel_requested running"),
    "is paused": (asked("jobs_pause", "nightly"), "paused"),
    "is paused and it ends by itself": (paused_by_a_clock, "paused", "resumed"),
    "is done already": (again(State.SUCCEEDED),),
}


@pytest.mark.parametrize(("happen", "lines"), [(each[0], each[1:]) for each in TABLE.values()], ids=TABLE)
def test_each_transition_is_one_line(declare, toy, monkeypatch, kept, happen, lines):
    happen(declare, toy, monkeypatch)
    told = [
        " ".join(filter(None, (one.event, getattr(one, "state", ""), getattr(one, "reason", ""))))
        for one in kept.records
    ]
    assert told == list(lines)
    for record in kept.records:
        assert (record.name, record.levelname, record.job) == ("jobs_api.transitions", "INFO", "nightly")
        assert record.getMessage().startswith(f"{record.event} job=nightly")


def test_a_resume_is_a_line_too(declare, kept):
    declare()
    for command in ("jobs_pause", "jobs_pause", "jobs_resume", "jobs_resume"):
        call_command(command, "nightly", reason="a deploy")
    assert kept.events == ["paused", "resumed"]
    assert {record.comment for record in kept.records} == {"a deploy"}


def test_every_signal_of_a_transition_has_its_line():
    """Only what is no transition, or is told by another signal, has none."""
    silent = {signals.trigger_answered, signals.attempt_lost}
    assert set(transition_log.RECEIVERS) == set(signals.ALL) - silent


# -- what a line says --------------------------------------------------------------------------


def test_a_line_has_all_that_leads_to_its_attempt(declare, toy, kept):
    toy(raises(ValueError("boom")))
    trigger(declare(), now=None, by=BY)
    run = JobRun.objects.get()
    claimed, started, finished = kept.records
    for record in (claimed, started, finished):
        about = (record.run, record.run_date, record.attempt, record.source, record.trigger, record.actor)
        assert about == (run.pk, RECENT.isoformat(), 1, "curl", "http", "ci")
        assert record.trace_id == "4bf92f3577b34da6a3ce929d0e0e4736"
    late = round((run.started_at - RECENT).total_seconds(), 1)
    assert (started.late_seconds, finished.late_seconds) == (late, late)
    assert finished.duration_ms == run.duration_ms
    assert finished.getMessage() == (
        f"finished job=nightly run={run.pk} run_date={RECENT.isoformat()} attempt=1 state=failed reason=error"
        f" trigger=http source=curl actor=ci late_seconds={late} duration_ms={run.duration_ms}"
        " trace_id=4bf92f3577b34da6a3ce929d0e0e4736"
    )


def test_a_job_without_schedule_is_never_late(declare, toy, kept):
    toy(nothing)
    trigger(declare(schedule=None), now=None)
    assert not any(hasattr(record, "late_seconds") for record in kept.records)


def test_as_json_it_has_its_event_and_each_value(declare, toy, kept):
    toy(nothing)
    trigger(declare(), now=None, by=BY)
    told = json.loads(JSONFormatter().format(kept.one("finished")))
    run = JobRun.objects.get()
    assert (told["logger"], told["level"], told["message"]) == ("jobs_api.transitions", "INFO", "finished")
    assert (told["run"], told["duration_ms"], told["trace_id"]) == (run.pk, run.duration_ms, CONTEXT[3:35])
    assert not [name for name in told if name.startswith("_")]


# -- what it costs -----------------------------------------------------------------------------


def test_it_costs_nothing_while_nobody_wants_it(declare, toy, kept, monkeypatch):
    transition_log.logger.setLevel(logging.WARNING)
    assert not signals.attempt_started.is_heard
    assert not signals.run_claimed.is_heard
    monkeypatch.setattr(transition_log, "_write", None)
    toy(nothing)
    assert trigger(declare(), now=None).outcome == "succeeded"
    assert kept.records == []


def test_a_repeat_logs_nothing_and_gets_nothing_new_on_its_way(declare, kept, monkeypatch):
    """Pain 1: most triggers are repeats."""
    stored_run(declare(), RECENT)
    for receivers in ("_ours", "_wanting"):
        assert not getattr(signals.trigger_answered, receivers)
    monkeypatch.setattr(Trigger, "fields", None)
    assert trigger(declare(), now=None, by=BY).outcome == "already_succeeded"
    assert kept.records == []


@pytest.mark.usefixtures("kept")
def test_it_takes_no_statement_more(declare, toy, django_assert_num_queries):
    toy(nothing)
    job = declare()
    trigger(job, now=None, run_date=RECENT - timedelta(hours=1))
    with django_assert_num_queries(3):
        trigger(job, now=None, by=Trigger("http", "curl", traceparent=CONTEXT))


# -- the run's own output ----------------------------------------------------------------------


def test_a_run_has_no_such_line_in_its_output(declare, toy, kept, capsys):
    """Neither of its own transitions, nor of those that its command causes."""
    declare("other")
    console = logging.StreamHandler(sys.stdout)
    transition_log.logger.addHandler(console)
    done = []

    def behave(command, **options):
        if not done:
            done.append(True)
            print("hello")
            public_trigger("other")

    toy(behave)
    try:
        trigger(declare(), now=None, by=BY)
    finally:
        transition_log.logger.removeHandler(console)
    run = JobRun.objects.get(job_name="nightly")
    assert bytes(run.output_head) == b"hello\n"
    assert kept.events == ["claimed", "started", "claimed", "started", "finished", "finished"]


def test_a_supervised_command_has_none_either_and_its_child_writes_none(declare, toy, kept):
    toy(lambda command, **options: print("hello"))
    run = supervised(declare())
    assert bytes(run.output_head) == b"hello\n"
    assert kept.events == ["started", "finished"]


# -- a handler of the host -----------------------------------------------------------------------


def breaks(record):
    raise RuntimeError("a bug of the host's")


def exits(record):
    sys.exit(4)


def leaves_a_transaction(record):
    connection.set_autocommit(False)


def asks_the_database(record):
    JobRun.objects.count()


def logs_again(record):
    transition_log.logger.info("%s", "again", extra={"event": "again"})


def triggers_again(record):
    public_trigger("nightly", run_date=RECENT)


def closes_the_connection(record):
    connections["default"].close()


@pytest.mark.parametrize(
    "then",
    [
        breaks,
        exits,
        leaves_a_transaction,
        asks_the_database,
        logs_again,
        triggers_again,
        closes_the_connection,
    ],
)
@pytest.mark.parametrize("behave", [nothing, raises(ValueError("boom"))], ids=["succeeds", "fails"])
def test_a_handler_of_the_host_changes_nothing_of_the_run(declare, toy, kept, then, behave):
    toy(behave)
    kept.then = then
    everywhere = logging.getLogger("jobs_api")
    if then is breaks:  # also the record of a failed attempt
        everywhere.addHandler(kept)
    try:
        result = trigger(declare(retry_backoff=3600), now=None, by=BY)
    finally:
        everywhere.removeHandler(kept)
        connection.set_autocommit(True)
    state = "succeeded" if behave is nothing else "failed"
    assert result.outcome == state
    assert [(run.state, run.attempt) for run in JobRun.objects.all()] == [(state, 1)]


@override_settings(JOBS_API={"LEASE_SECONDS": 2, "RENEW_SECONDS": 0.2})
def test_one_that_blocks_costs_an_attempt_neither_its_lease_nor_its_command(declare, toy, kept):
    """It holds up the caller for as long; the lease is renewed meanwhile."""
    import time

    toy(nothing)
    kept.then = lambda record: time.sleep(2.2) if record.event == "claimed" else None
    assert trigger(declare(), now=None).outcome == "succeeded"
    assert JobRun.objects.get().attempt == 1

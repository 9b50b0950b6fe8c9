"""What monitors hear of what happens to an attempt: the table in docs/check-ins.md."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from jobs_api import RunStopped, executors, runs, signals
from jobs_api.clock import Moment
from jobs_api.exceptions import SubmitFailed
from jobs_api.models import JobRun, State
from jobs_api.runs.types import Trigger
from jobs_api.triggers import backfill
from jobs_api.triggers.cancelling import cancel_run
from tests.conftest import NOON, stored_run
from tests.databases import ONE_DATABASE
from tests.jobs_api.execution.attempts import raising
from tests.jobs_api.triggers.asking import trigger

pytestmark = [pytest.mark.django_db(transaction=True), ONE_DATABASE]
DAY = timedelta(days=1)
PAGE = (Path(__file__).resolve().parents[3] / "docs" / "check-ins.md").read_text()


@pytest.fixture
def job(declare):
    """Its newest slot is at NOON."""
    return declare(schedule="0 12 * * *")


AN_HOUR_AGO = timezone.now().replace(second=0, microsecond=0) - timedelta(hours=1)


def fresh(declare, **fields):
    """A job whose newest slot was an hour ago, by the real clock, and whose next one is a day later."""
    return declare("fresh", schedule=f"{AN_HOUR_AGO:%M %H} * * *", timezone="UTC", **fields)


def again(job, behaviour, toy):
    """A trigger for that slot."""
    toy(behaviour)
    return trigger(job, now=None, run_date=AN_HOUR_AGO).outcome


def does(behaviour):
    def happens(job, toy, **_):
        toy(behaviour)
        trigger(job)

    return happens


def exits(command, **options):
    raise SystemExit(3)


def works(command, **options):
    """Does nothing."""


def repeated(job, toy, **_):
    toy(works)
    trigger(job)
    assert trigger(job).outcome == "already_succeeded"


def tried_again(toy, declare, **_):
    job = fresh(declare, retry_backoff=0)
    assert again(job, raising(ValueError("boom")), toy) == "failed"
    assert again(job, works, toy) == "succeeded"


def lost(job, toy, **_):
    stored_run(job, state=State.RUNNING)
    runs.reap(moment=Moment.fixed(NOON + DAY))


def never_begun(job, toy, **_):
    stored_run(job, state=State.CLAIMED, started_at=None)
    runs.reap(moment=Moment.fixed(NOON + DAY))


def not_submitted(job, monkeypatch, **_):
    class Away(executors.Executor):
        def submit(self, job, lease):
            raise SubmitFailed("the broker is away")

    monkeypatch.setattr(executors, "load", lambda name: Away())
    assert trigger(job).outcome == "submit_failed"


def overlapped(job, toy, **_):
    soon = NOON + timedelta(minutes=1)
    stored_run(job, NOON - DAY, state=State.RUNNING, lease_expires_at=soon)
    assert trigger(job).outcome == "overlap_skipped"


def cancelled_before(job, toy, **_):
    tomorrow = timezone.now() + DAY
    waits = stored_run(job, state=State.CLAIMED, started_at=None, lease_expires_at=tomorrow)
    assert cancel_run(waits, actor="ann", reason="")


def rerun(job, toy, **_):
    toy(works)
    stored_run(job, state=State.FAILED)
    assert trigger(job, force=True, by=Trigger("rerun")).outcome == "succeeded"


def older_slot(job, toy, **_):
    toy(works)
    assert trigger(job, run_date=NOON - DAY).outcome == "succeeded"


def backfilled(job, toy, **_):
    toy(works)
    month = timedelta(days=30)
    plan = backfill.plan_backfill(job, NOON - month, NOON - month + DAY, now=NOON)
    backfill.backfill(plan, Trigger("backfill"), at=NOON)
    [queued] = JobRun.objects.all()
    ordered = {"ordered": True, "by": Trigger("executor")}
    assert trigger(job, run_date=queued.run_date, **ordered).outcome == "succeeded"


HAPPENS = {
    "succeeded": (does(works), "start success"),
    "`error`": (does(raising(ValueError("boom"))), "start fail"),
    "`exit`": (does(exits), "start fail"),
    "`timeout`": (does(raising(RunStopped("timeout"))), "start fail"),
    "`lost`": (lost, "fail"),
    "`cancelled`": (does(raising(RunStopped("cancelled"))), "start fail"),
    "`interrupted`": (does(raising(RunStopped("interrupted"))), "start"),
    "the next try": (tried_again, "start fail start success"),
    "a rerun": (rerun, "start success"),
    "a repeat": (repeated, "start success"),
    "`submit_failed`": (not_submitted, ""),
    "never began": (never_begun, ""),
    "cancelled before": (cancelled_before, ""),
    "`skipped`": (overlapped, ""),
    "an older slot": (older_slot, ""),
    "a backfill": (backfilled, ""),
}


@pytest.mark.parametrize(("happens", "told"), HAPPENS.values(), ids=HAPPENS)
def test_a_monitor_hears(configure, healthchecks, job, declare, toy, monkeypatch, sent, happens, told):
    configure(**healthchecks.setting)
    happens(job=job, declare=declare, toy=toy, monkeypatch=monkeypatch)
    sent()
    assert healthchecks.told() == told.split()


def test_all_monitors_hear_the_same(configure, healthchecks, cronitor, sentry, declare, toy, sent):
    configure(**healthchecks.setting, **cronitor.setting, **sentry.setting)
    tried_again(toy, declare)
    sent()
    assert healthchecks.told() == cronitor.told() == sentry.told() == HAPPENS["the next try"][1].split()


def test_a_trigger_takes_no_statement_more(configure, healthchecks, declare, toy, monkeypatch):
    """What has to be asked or written is so in the thread that sends, on a connection of its own."""
    monkeypatch.setattr("jobs_api.check_ins.outbox.SOON", 60)
    toy(works)
    job, taken = declare(schedule=None), []
    for check_ins in ({}, healthchecks.setting):
        configure(**check_ins)
        trigger(job, now=None, run_date=NOON - len(taken) * DAY)  # the job is known from now on
        with CaptureQueriesContext(connection) as statements:
            trigger(job, now=None, run_date=NOON - DAY * (len(taken) + 5))
        taken.append(len(statements))
    assert taken[0] == taken[1]


def test_the_page_has_this_table():
    rows = dict(re.findall(r"^\| ([^|]+?) \| ([a-z, -]+?) \|", PAGE, re.MULTILINE))
    shown = {name: rows[name].replace(", then", "").replace("nothing", "") for name in HAPPENS}
    assert shown == {name: told for name, (_, told) in HAPPENS.items()}


def test_a_try_has_an_id_of_its_own(configure, healthchecks, declare, toy, sent):
    configure(**healthchecks.setting)
    tried_again(toy, declare)
    sent()
    ids = [each.id for each in healthchecks.heard()]
    assert ids[0] == ids[1] != ids[2] == ids[3]


# -- whether the newest slot is told, and only that -----------------------------------------------


@pytest.mark.parametrize(
    ("at", "told"),
    [
        (timedelta(seconds=-30), ["start", "success"]),  # the caller's clock is fast: it is tonight's slot
        (timedelta(0), ["start", "success"]),
        (timedelta(hours=23), ["start", "success"]),  # late, and still the newest
        (DAY - timedelta(seconds=1), ["start", "success"]),
        (DAY, []),
        (31 * DAY, []),
    ],
    ids=str,
)
def test_a_slot_counts_until_the_next_one_is_due(configure, healthchecks, job, toy, sent, at, told):
    toy(works)
    configure(**healthchecks.setting)
    assert trigger(job, now=NOON + at).outcome == "succeeded"
    sent()
    assert healthchecks.told() == told


def test_a_run_that_ends_after_the_next_slot_is_told_to_its_end(configure, healthchecks, job, sent):
    """A monitor that heard of the beginning would wait for ever."""
    configure(**healthchecks.setting)
    stored_run(job, state=State.RUNNING)
    runs.reap(moment=Moment.fixed(NOON + 2 * DAY))
    sent()
    assert healthchecks.told() == ["fail"]


# -- when a failure is told -----------------------------------------------------------------------


def boom(command, **options):
    raise ValueError("boom")


@pytest.mark.parametrize(
    ("when", "told"),
    [("each", "start fail start fail start fail"), ("last", "start start start fail")],
)
def test_a_failure_is_told_of_each_try_or_of_the_last(
    configure, healthchecks, declare, toy, sent, when, told
):
    job = fresh(declare, retry_backoff=0, max_attempts=3)
    configure(HEALTHCHECKS={**healthchecks.options, "FAILURES": when})
    for _ in range(3):
        assert again(job, boom, toy) == "failed"
        sent()
    assert healthchecks.told() == told.split()


def test_the_last_is_found_also_if_the_next_try_was_faster(
    configure, healthchecks, declare, toy, sent, monkeypatch
):
    monkeypatch.setattr("jobs_api.check_ins.outbox.SOON", 60)
    configure(HEALTHCHECKS={**healthchecks.options, "FAILURES": "last"})
    assert again(fresh(declare, retry_backoff=0), boom, toy) == "failed"
    JobRun.objects.update(attempt=2, next_attempt_at=None)
    sent()
    assert healthchecks.told() == ["start"]


def test_the_last_is_told_at_once_where_the_next_slot_comes_before_another_try(
    configure, healthchecks, declare, toy, sent
):
    """Else nobody would hear of it: by then the next slot is the one that counts."""
    job = fresh(declare, retry_backoff=2 * DAY)
    configure(HEALTHCHECKS={**healthchecks.options, "FAILURES": "last"})
    assert again(job, boom, toy) == "failed"
    sent()
    assert healthchecks.told() == ["start", "fail"]


def test_it_is_told_where_the_database_does_not_say_whether_it_is_the_last(
    configure, healthchecks, declare, toy, sent, monkeypatch
):
    def away():
        raise OperationalError("gone")

    configure(HEALTHCHECKS={**healthchecks.options, "FAILURES": "last"})
    monkeypatch.setattr("jobs_api.check_ins.deciding.rows", away)
    again(fresh(declare), boom, toy)
    sent()
    assert healthchecks.told() == ["start", "fail"]


# -- which jobs -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("filters", "told"),
    [
        ({}, {"pay_roll", "report_a", "report_b"}),
        ({"JOBS": "report_*"}, {"report_a", "report_b"}),
        ({"JOBS": ["report_*", "!report_b"]}, {"report_a"}),
        ({"JOBS": ["!report_b"]}, {"pay_roll", "report_a"}),
        ({"TAGS": ["money"]}, {"pay_roll"}),
        ({"TAGS": ["money"], "JOBS": ["report_*"]}, set()),
        ({"ON_DEMAND": True}, {"pay_roll", "report_a", "report_b", "adhoc"}),
    ],
    ids=lambda value: str(sorted(value) if isinstance(value, set) else value),  # the same in each process
)
def test_a_monitor_hears_of_the_jobs_that_it_is_for(
    configure, healthchecks, declare, toy, sent, filters, told
):
    toy(works)
    configure(HEALTHCHECKS={**healthchecks.options, **filters})
    jobs = [declare(name, schedule="0 12 * * *") for name in ("report_a", "report_b")]
    jobs += [declare("pay_roll", schedule="0 12 * * *", tags=["money"]), declare("adhoc", schedule=None)]
    for job in jobs:
        assert trigger(job).outcome == "succeeded"
    sent()
    assert {each.key for each in healthchecks.heard()} == told


@pytest.mark.parametrize(
    "signal", [signals.attempt_started, signals.attempt_finished], ids=lambda one: one.name
)
def test_without_monitors_nobody_listens(configure, healthchecks, signal):
    before = list(signal._ours)
    configure(**healthchecks.setting)
    assert len(signal._ours) == len(before) + 1
    configure()
    assert signal._ours == before

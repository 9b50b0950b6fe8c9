"""An action and its entry are one: neither is there without the other, whoever opens or rolls back what."""

from __future__ import annotations

import signal
from datetime import timedelta

import pytest
from django.db import OperationalError, connections, transaction
from django.utils import timezone

from jobs_api import audit
from jobs_api.auth import tokens
from jobs_api.exceptions import InFlight
from jobs_api.models import AuditEntry, JobPause, JobRun, State, Token, TriggerSource
from jobs_api.monitoring.forgetting import forget
from jobs_api.runs import pausing
from jobs_api.runs.types import Trigger
from jobs_api.triggers.backfill import backfill, plan_backfill
from jobs_api.triggers.cancelling import cancel_run
from jobs_api.triggers.rerunning import rerun
from tests.conftest import stored_run
from tests.jobs_api.audit.entries import NOON, told
from tests.jobs_api.audit.rows import YEARLY
from tests.jobs_api.concurrency.crowd import crowd
from tests.jobs_api.management.calling import now_slot
from tests.toys.child.start import start

pytestmark = pytest.mark.django_db(transaction=True)


class Undone(Exception):
    """What a host raises in its own transaction."""


def pause(job):
    pausing.pause(job, actor="ann", comment="moving", at=timezone.now())


def resume(job):
    pausing.resume(job, actor="ann", comment="moved", at=timezone.now())


def replace(job):
    pausing.pause(job, actor="bob", comment="otherwise", at=timezone.now())


def cancel(job):
    cancel_run(stored_run(job, state=State.QUEUED), actor="ann", reason="wrong file")


def queue(job):
    slot = now_slot(job)
    plan = plan_backfill(job, slot, slot + timedelta(days=1), now=timezone.now())
    backfill(plan, Trigger("backfill", "", "ann", "lost"), at=timezone.now())


def create(job):
    tokens.create("ci", scopes=["read"], at=NOON)


def forget_it(job):
    TriggerSource.objects.create(source="curl", first_at=NOON, last_at=NOON)
    forget("curl")


ACTS = [pause, cancel, queue, create, forget_it]


def standing():
    """Everything that these actions change."""
    tables = (JobRun, JobPause, Token, TriggerSource, AuditEntry)
    return [list(table.objects.order_by("pk").values()) for table in tables]


def undo(act, job):
    """Do it in a transaction that is rolled back; returns how many entries were there inside."""
    with transaction.atomic():
        act(job)
        found = AuditEntry.objects.count()
        transaction.set_rollback(True)
    return found


@pytest.mark.parametrize("act", ACTS)
def test_a_transaction_of_the_host_that_is_rolled_back_leaves_neither(declare, act):
    job, before = declare(**YEARLY), standing()
    assert undo(act, job) > 0
    assert standing() == before


@pytest.mark.parametrize("act", [resume, replace])
def test_so_it_is_with_what_ends_a_pause(declare, act):
    job = declare()
    pause(job)
    before = standing()
    assert undo(act, job) == 2
    assert standing() == before


@pytest.mark.parametrize("act", [*ACTS, resume, replace])
def test_what_cannot_be_recorded_is_not_done(declare, monkeypatch, act):
    job = declare(**YEARLY)
    if act in (resume, replace):
        pause(job)

    def fails(*args, **fields):
        raise Undone

    prepared = {cancel: 1, forget_it: 1, resume: 1, replace: 1}.get(act, 0)  # by the test itself
    with monkeypatch.context() as patch:
        patch.setattr(audit.trail.AuditEntry, "save", fails)
        with pytest.raises(Undone):
            act(job)
    assert JobRun.objects.exclude(state=State.QUEUED).count() == 0
    assert JobPause.objects.exclude(ended_at=None).count() == 0
    assert sum(table.objects.count() for table in (JobRun, JobPause, Token, TriggerSource)) == prepared


def test_a_rerun_that_cannot_be_recorded_does_not_start(declare, monkeypatch, toy):
    ran = []
    toy(lambda command, **options: ran.append(1))
    job = declare(**YEARLY)
    ended = stored_run(job, now_slot(job))
    monkeypatch.setattr(audit.trail.AuditEntry, "save", lambda *args, **fields: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        rerun(ended, job, Trigger("rerun", "", "ann", "again"))
    ended.refresh_from_db()
    assert (ended.state, ended.attempt, ran) == (State.SUCCEEDED, 1, [])


def cancelled(run):
    with pytest.raises(InFlight, match="ended as succeeded"):
        cancel_run(run, actor="ann", reason="")
    return False


REFUSED = {
    "rerun": lambda job, run: rerun(run, job, Trigger("rerun", "", "ann", "")).outcome,
    "cancel": lambda job, run: cancelled(run),
    "pause": lambda job, run: pausing.pause(job, actor="ann", comment="", at=timezone.now()).changed,
    "resume": lambda job, run: pausing.resume(job, actor="ann", comment="", at=timezone.now()).changed,
}


@pytest.mark.parametrize("act", REFUSED)
def test_who_is_refused_is_told_so_also_while_nothing_can_be_written(declare, monkeypatch, caplog, act):
    """A command may hold SQLite's lock, and a standby takes no writes: then the log has it."""
    job = declare(**YEARLY)
    state = State.RUNNING if act == "rerun" else State.SUCCEEDED
    run = stored_run(job, now_slot(job), state=state)
    JobRun.objects.filter(state=State.RUNNING).update(lease_expires_at=timezone.now() + timedelta(hours=1))
    if act == "pause":
        pause(job)

    def locked(*args, **fields):
        raise OperationalError("database is locked")

    monkeypatch.setattr(audit.trail.AuditEntry, "save", locked)
    assert REFUSED[act](job, run) in ("already_running", False)
    assert f"Not in the audit: {act} by 'ann' of 'nightly'" in caplog.text
    assert "database is locked" in caplog.text


def test_in_a_transaction_of_the_host_it_is_an_error(declare, monkeypatch):
    """The transaction is broken: whoever goes on in it would lose what he has written."""
    job = declare()

    def locked(*args, **fields):
        raise OperationalError("database is locked")

    monkeypatch.setattr(audit.trail.AuditEntry, "save", locked)
    with pytest.raises(OperationalError), transaction.atomic():
        resume(job)


@pytest.mark.parametrize("fresh", [True, False])
def test_an_entry_is_committed_before_the_command_begins(declare, toy, api, fresh, monkeypatch):
    """Also where the host has ATOMIC_REQUESTS."""
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", True)
    seen = []
    toy(
        lambda command, **options: seen.append(
            (told()[-1][0], told()[-1][4], connections["default"].in_atomic_block)
        )
    )
    job = declare(**YEARLY)
    if not fresh:
        stored_run(job, now_slot(job))
    _, secret = tokens.create("ops", scopes=tokens.SCOPES, at=NOON)
    api("POST", "/api/jobs/nightly/run?force=1", headers={"Authorization": f"Bearer {secret}"})
    assert seen == [("trigger", f"attempt {1 if fresh else 2}", False)]


KILLS = {
    "in the claim, after the record": ("after jobs_api.audit:record", []),
    "after the claim": ("after jobs_api.runs:claim", ["attempt 1"]),
}


@pytest.mark.parametrize("point", KILLS)
def test_where_a_process_is_killed_its_claim_and_the_entry_stand_or_fall_together(declare, point):
    hook, recorded = KILLS[point]
    child = start("jobs_run", "nightly", "--reason", "asked", jobs=[declare(**YEARLY)], hook=f"kill {hook}")
    child.communicate(timeout=60)
    assert child.returncode == -signal.SIGKILL
    assert [row[4] for row in told()] == recorded
    assert JobRun.objects.count() == len(recorded)


def test_of_operators_who_do_the_same_at_once_each_is_recorded_with_what_came_of_it(declare):
    job = declare(**YEARLY)
    ended, number = stored_run(job, now_slot(job)), 4
    with crowd(number) as together:
        together(*[lambda: rerun(ended, job, Trigger("rerun", "", "ann", ""))] * number)
    found = [row[4] for row in told()]
    attempts = sorted(result for result in found if result.startswith("attempt"))
    assert len(found) == number
    assert attempts == [f"attempt {2 + each}" for each in range(len(attempts))]
    assert len(attempts) == JobRun.objects.get().attempt - 1
    assert set(found) - set(attempts) <= {"already_running"}


def test_of_backfills_at_once_each_says_how_many_it_has_queued(declare):
    job = declare(schedule="0 0 * * *")
    plan = plan_backfill(job, NOON - timedelta(days=20), NOON, now=NOON)
    with crowd(4) as together:
        together(*[
            lambda at=NOON + timedelta(seconds=number): backfill(plan, Trigger("backfill"), at=at)
            for number in range(4)
        ])  # fmt: skip
    assert sum(int(row[4].removeprefix("queued ")) for row in told()) == JobRun.objects.count() == 20

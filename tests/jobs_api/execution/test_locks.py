"""A command that locks others out, and others that lock out the command: neither costs it its lease."""

import threading
import time

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from jobs_api.execution.perform import perform
from jobs_api.models import JobRun, TriggerCount
from jobs_api.runs import job_state, lookup
from jobs_api.runs.types import Trigger
from jobs_api.triggers import due
from jobs_api.triggers.dispatch import Request, dispatch

from .attempts import begun, elsewhere, eventually, output_of

pytestmark = pytest.mark.django_db(transaction=True)
on_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="needs SQLite")
TODAY = timezone.now().date()


@pytest.fixture
def short_leases(settings, monkeypatch, heart):
    """On SQLite, whose locks may outlast them; their heartbeat is awake. Elsewhere nothing is locked out."""
    seconds = 0.3 if connection.vendor == "sqlite" else 30
    for module in ("execution.attempt", "triggers.dispatch", "triggers.refusals", "execution.waiting"):
        monkeypatch.setattr(f"jobs_api.{module}.heartbeat", heart)
    settings.JOBS_API = {**settings.JOBS_API, "LEASE_SECONDS": seconds, "RENEW_SECONDS": 0.1}


def seen_from_elsewhere(lease):
    return elsewhere(lambda: lookup.find(lease.job_name, lease.run_date).run)


def test_a_write_transaction_longer_than_the_lease_does_not_lose_it(declare, toy, short_leases):
    job = declare()
    lease = begun(job, timezone.now())
    job_state.know(job, at=timezone.now())
    answers = []

    def behave(command, **options):
        with transaction.atomic():  # on SQLite it locks out the heartbeat
            TriggerCount.objects.create(job_name="x", day=TODAY, outcome="x")
            print("what the heartbeat wants to store now")
            if connection.vendor == "sqlite":
                eventually(lambda: seen_from_elsewhere(lease).lease_over)
            else:
                time.sleep(0.4)
            request = Request(job, lease.run_date, Trigger("http"))
            answers.append(elsewhere(lambda: dispatch(request)).outcome)
            answers.append([item.job.name for item in elsewhere(due.due)])

    toy(behave)
    assert perform(job, lease).state == "succeeded"
    assert answers[0] == "already_running"
    run = JobRun.objects.get()
    assert (run.state, run.attempt, run.tries) == ("succeeded", 1, 0)
    assert output_of(run) == "what the heartbeat wants to store now\n"
    assert TriggerCount.objects.count() == 1


def test_run_due_leaves_a_run_alone_whose_heartbeat_is_locked_out(declare, toy, short_leases):
    job = declare()
    lease = begun(job, timezone.now())

    def behave(command, **options):
        JobRun.objects.update(lease_expires_at="2020-01-01T00:00:00Z")
        elsewhere(lambda: due.run_due(Trigger("run_due")))

    toy(behave)
    assert perform(job, lease).state == "succeeded"
    assert JobRun.objects.get().attempt == 1


@on_sqlite
def test_a_result_waits_for_sqlites_write_lock(declare, toy):
    """Longer than the driver does by itself: it is tried again."""
    locked, release = threading.Event(), threading.Event()

    def hold_the_lock():
        with transaction.atomic():
            locked.set()
            release.wait(10)
            time.sleep(0.1)

    holder = threading.Thread(target=elsewhere, args=[hold_the_lock])

    def behave(command, **options):
        connection.cursor().execute("PRAGMA busy_timeout = 20")
        holder.start()
        locked.wait(10)
        with pytest.raises(OperationalError, match="locked"):
            TriggerCount.objects.create(job_name="x", day=TODAY, outcome="x")
        release.set()

    toy(behave)
    job = declare()
    lease = begun(job)
    try:
        assert perform(job, lease).state == "succeeded"
    finally:
        release.set()
        holder.join()
    assert JobRun.objects.get().state == "succeeded"

"""A line of cron ends within a second: that it has called is written at its end, and never at its cost."""

from __future__ import annotations

import time
from contextlib import contextmanager

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from jobs_api import gunicorn
from jobs_api.models import JobRun, TriggerCount, TriggerSource
from jobs_api.monitoring import sources, trigger_counts
from jobs_api.runs.types import Trigger
from jobs_api.schedule.slots import Schedule, current_slot

from .processes import manage

pytestmark = pytest.mark.django_db(transaction=True)


def done_before(name):
    """The newest slot of this job of the host has succeeded, so that another trigger of it only reads."""
    slot = current_slot(Schedule.parse("0 3 * * *", "UTC"), timezone.now())
    JobRun.objects.create(job_name=name, run_date=slot, state="succeeded", attempt=1, created_at=slot)


def test_a_process_that_ends_at_once_has_called_all_the_same():
    done_before("fine")
    lines = [("jobs_run", "fine"), ("jobs_run_due",), ("jobs_run", "broken")]
    done = [manage(*line, "--source", "cron", TOY_PATIENCE="20") for line in lines]
    assert [said.returncode for said in done] == [0, 0, 1], [said.stderr for said in done]
    row = TriggerSource.objects.get()
    assert (row.source, row.calls, row.wins) == ("cron", 3, 1)
    assert row.last_run_due_at < row.last_trigger_at == row.last_at
    count = TriggerCount.objects.get()
    assert (count.source, count.outcome, count.count) == ("cron", "already_succeeded", 1)


@contextmanager
def locked():
    """Nobody can write sources meanwhile; triggers that only read go on."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("LOCK TABLE jobs_api_triggersource IN EXCLUSIVE MODE")
        else:
            TriggerSource.objects.filter(pk=0).update(calls=0)  # SQLite has one lock for all tables
        yield


def test_a_locked_database_costs_a_moment_and_no_exit_status():
    done_before("fine")
    with locked():
        said = manage("jobs_run", "fine")
    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout.splitlines()[1].startswith("already_succeeded")
    assert not TriggerSource.objects.exists()


def note():
    trigger_counts.answered(Trigger("http", "curl", "ci"), "nightly", "paused", timezone.now())


def test_a_worker_of_gunicorn_writes_at_its_end(monkeypatch):
    monkeypatch.setattr(trigger_counts, "LAST_SECONDS", 20)  # on a slow machine, too
    note()
    gunicorn.worker_exit(None, None)
    assert (TriggerSource.objects.get().calls, TriggerCount.objects.get().count) == (1, 1)
    assert sources.tallies == {}


def test_the_end_waits_a_second_at_most_and_raises_nothing(monkeypatch):
    note()

    def waits(*args):
        time.sleep(trigger_counts.LAST_SECONDS)
        raise OperationalError("gone")

    monkeypatch.setattr(trigger_counts, "LAST_SECONDS", 0.2)
    began = time.monotonic()
    monkeypatch.setattr(trigger_counts, "_add", waits)
    gunicorn.worker_exit(None, None)
    assert time.monotonic() - began < 5, "nothing has the ten seconds that statements have otherwise"
    assert not TriggerSource.objects.exists(), "its time was over before the second table"


def test_where_nothing_was_counted_nothing_is_sent(django_assert_num_queries):
    with django_assert_num_queries(0):
        trigger_counts.flush_last()

"""django-q2: rows whose next time is the next slot, tasks that succeed whatever the job does."""

from __future__ import annotations

import ast
from datetime import UTC, datetime, timedelta
from multiprocessing import Value

import pytest
from django.apps import apps
from django.db import DatabaseError
from django.utils import timezone

from jobs_api import Job, registry
from jobs_api.models import JobRun, State
from jobs_api.schedule.slots import next_slot, previous_slot
from tests.jobs_api.execution.attempts import raising

APPS = ["django_q"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("engine_apps")]

NAME = "jobs_api: nightly"


def bridge():
    """Its models can be imported only while its app is installed."""
    from jobs_api.bridges import django_q2

    return django_q2


def sync(*args, **options):
    return bridge().sync(*args, **options)


def schedules():
    return apps.get_model("django_q", "Schedule").objects


def rows():
    return {row.name: row for row in schedules().all()}


def test_each_job_with_a_schedule_gets_a_row_that_is_due_at_its_next_slot(declare):
    job = declare(timezone="Pacific/Chatham", timeout=100)
    declare("by_hand", schedule=None)
    assert sync().added == (NAME, "jobs_api: run-due")
    row = rows()[NAME]
    assert (row.func, row.args) == ("jobs_api.bridges.django_q2.fire", "('nightly',)")
    assert (row.schedule_type, row.cron, row.intended_date_kwarg) == ("C", "0 3 * * *", "scheduled_at")
    assert row.next_run == next_slot(job.slots, timezone.now())
    options = ast.literal_eval(row.kwargs)["q_options"]
    assert options["timeout"] > 100
    assert options["ack_failure"]
    due = rows()["jobs_api: run-due"]
    assert (due.schedule_type, due.minutes, due.next_run.minute % 5, due.next_run.second) == ("I", 5, 0, 0)


@pytest.mark.parametrize("line", ["0 3 LW * *", "0 3 L * *", "0 3 * * 5L", "0 3 * * 7", "0 3 * * MON#2"])
def test_a_line_that_croniter_does_not_read_is_due_at_its_next_slot_all_the_same(declare, line):
    job = declare(schedule=line, timezone="America/New_York")
    sync(run_due_every=None)
    assert rows()[NAME].next_run == next_slot(job.slots, timezone.now())
    assert not sync(run_due_every=None)


def test_once_more_changes_nothing_and_a_time_that_croniter_has_set_is_corrected(declare):
    job = declare(timezone="Pacific/Chatham")
    sync()
    assert not sync()
    schedules().filter(name=NAME).update(next_run=timezone.now() + timedelta(minutes=3))
    assert not sync(check=True)
    sync()
    assert rows()[NAME].next_run == next_slot(job.slots, timezone.now())


def test_rows_follow_the_declarations_and_others_stay(declare):
    declare("nightly")
    declare("gone")
    sync()
    schedules().create(name="own", func="shop.tasks.tidy", schedule_type="H")
    schedules().create(name="jobs_api: mine", func="shop.tasks.tidy", schedule_type="H")
    schedules().filter(name=NAME).update(cluster="slow", repeats=0)
    registry.fill([Job("nightly", command="toy", schedule="30 4 * * *")])
    changes = sync()
    assert (changes.changed, changes.removed) == ((NAME,), ("jobs_api: gone",))
    assert sorted(rows()) == ["jobs_api: mine", NAME, "jobs_api: run-due", "own"]
    assert (rows()[NAME].cluster, rows()[NAME].repeats, rows()[NAME].cron) == ("slow", 0, "30 4 * * *")


def test_a_name_that_is_too_long_for_its_column_is_cut_and_stays_its_own(declare):
    names = [f"{'n' * 99}{last}" for last in "ab"]
    for name in names:
        declare(name)
    sync(run_due_every=None)
    assert len(rows()) == 2
    assert {ast.literal_eval(row.args)[0] for row in rows().values()} == set(names)
    assert not sync(run_due_every=None)


# -- fired by its own code --------------------------------------------------------------------


class Broker:
    """Takes what its scheduler sends."""

    list_key = "toys"

    def __init__(self):
        self.sent = []

    def enqueue(self, package):
        from django_q.signing import SignedPackage

        self.sent.append(SignedPackage.loads(package))
        return "1"


def fired(at):
    """Make the row due, and let its scheduler and a worker do their part."""
    from django_q.scheduler import scheduler
    from django_q.worker import worker

    schedules().filter(name=NAME).update(next_run=at)
    broker = Broker()
    scheduler(broker=broker)
    (task,) = broker.sent
    done = []
    tasks = [task | {"sync": True}, "STOP"]
    inbox, outbox = ListQueue(tasks), ListQueue(done)
    worker(inbox, outbox, Value("f", -1))
    return done[0]


def next_slots(job, since):
    """The next slot, of a moment between then and now: a minute may have begun meanwhile."""
    return {next_slot(job.slots, at) for at in (since, timezone.now())}


class ListQueue:
    """A queue within one process."""

    def __init__(self, items):
        self.items = items

    def get(self):
        return self.items.pop(0)

    def put(self, item):
        self.items.append(item)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("error", [SystemExit(3), ValueError("it broke")], ids=repr)
def test_a_failed_job_leaves_the_worker_alive_and_is_not_sent_again(declare, toy, error):
    toy(raising(error))
    job = declare(max_attempts=1, schedule="* * * * *", timezone="Pacific/Chatham")
    sync(run_due_every=None)
    now = timezone.now()
    slot = now.replace(second=0, microsecond=0) - timedelta(minutes=7)
    task = fired(slot)
    assert task["success"]
    assert task["result"].startswith("failed: slot ")
    run = JobRun.objects.get()
    assert (run.run_date, run.state, run.source, run.attempt) == (slot, State.FAILED, "django-q2", 1)
    assert rows()[NAME].next_run in next_slots(job, now)


@pytest.mark.django_db(transaction=True)
def test_its_next_time_is_set_by_each_call_though_croniter_reads_the_line_in_another_zone(declare, toy):
    toy(lambda command, **options: None)
    job = declare(timezone="Pacific/Chatham")
    sync(run_due_every=None)
    fired(timezone.now() - timedelta(hours=1))
    assert rows()[NAME].next_run == next_slot(job.slots, timezone.now())


def test_a_call_that_cannot_set_the_next_time_has_triggered_its_job(declare, toy, monkeypatch, caplog):
    toy(lambda command, **options: None)
    declare(schedule="* * * * *")
    sync(run_due_every=None)

    def locked(*args):
        raise DatabaseError("it is locked")

    monkeypatch.setattr(bridge(), "_set_next_time", locked)
    assert bridge().fire("nightly").startswith("succeeded: ")
    assert "could not be set: it is locked" in caplog.text


def test_run_due_sets_the_next_times_of_all_rows(declare):
    job = declare()
    sync()
    schedules().filter(name=NAME).update(next_run=datetime(2100, 1, 1, tzinfo=UTC))
    assert bridge().fire_due() == "done: nothing was due"
    assert rows()[NAME].next_run == next_slot(job.slots, timezone.now())


@pytest.mark.parametrize("away", [timedelta(days=43), timedelta(minutes=1)])
def test_after_weeks_without_a_cluster_a_row_is_called_for_the_newest_slot_only(declare, away):
    """By default it would be called for each time that has passed, where croniter cannot read its line."""
    job = declare(schedule="0 3 LW * *")
    sync()
    left = timezone.now() - away
    schedules().update(next_run=left)
    sync()
    newest = previous_slot(job.slots, timezone.now())
    assert rows()[NAME].next_run == (newest if newest > left else left)
    assert timezone.now() - rows()["jobs_api: run-due"].next_run < timedelta(minutes=6)


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        (NAME, {"args": None}),
        (NAME, {"args": "('nightly', 2)"}),
        (NAME, {"args": "("}),
        (NAME, {"args": "[{}]"}),
        (NAME, {"args": "dict()"}),
        ("jobs_api: run-due", {"minutes": 7}),
        ("jobs_api: run-due", {"minutes": None}),
    ],
)
def test_a_row_that_somebody_has_changed_makes_no_call_fail(declare, toy, name, fields):
    toy(lambda command, **options: None)
    job = declare("daily", schedule="* * * * *")
    declare()
    sync()
    schedules().filter(name=name).update(**fields)
    schedules().filter(name="jobs_api: daily").update(next_run=datetime(2100, 1, 1, tzinfo=UTC))
    now = timezone.now()
    assert bridge().fire_due().startswith("done: ")
    assert rows()["jobs_api: daily"].next_run in next_slots(job, now)
    sync()
    assert rows()[name].args == (None if name.endswith("due") else "('nightly',)")

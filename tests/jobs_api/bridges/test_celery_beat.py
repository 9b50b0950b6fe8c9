"""Celery beat: entries that carry the slot, and tasks that never fail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from celery import Celery
from celery.beat import PersistentScheduler, Scheduler
from celery.signals import beat_init
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured

from jobs_api import Job, registry
from jobs_api.bridges import celery_beat
from jobs_api.bridges.celery_beat import SlotSchedule, beat_schedule, start_due, trigger_job
from jobs_api.exceptions import BadInput, WrongUse
from jobs_api.executors.celery import broker
from jobs_api.models import JobRun, State
from jobs_api.registry import discovery
from jobs_api.registry.validation import Fault
from jobs_api.schedule.slots import Schedule
from tests.jobs_api.execution.attempts import raising

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def app():
    return Celery("toys", set_as_current=False, broker="memory://")


class Clock:
    """The time that every schedule of an app sees."""

    def __init__(self, monkeypatch, now=NOON):
        self.at = now
        monkeypatch.setattr(SlotSchedule, "now", lambda schedule: self.at)

    def pass_by(self, beat, until):
        """Wake beat up as it asks."""
        while self.at <= until:
            self.at += timedelta(seconds=max(beat.tick(), 0.001))


@pytest.fixture
def clock(monkeypatch):
    return Clock(monkeypatch)


@pytest.fixture
def sent(monkeypatch):
    """What beat hands to Celery: task, arguments and options."""
    messages = []

    def apply_async(task, args=(), kwargs=None, **options):
        messages.append(SimpleNamespace(task=task.name, args=tuple(args), options=options, **(kwargs or {})))

    monkeypatch.setattr("celery.app.task.Task.apply_async", apply_async)
    return messages


def test_each_job_with_a_schedule_has_an_entry_and_run_due_one(declare):
    declare("nightly")
    declare("hourly", schedule="@hourly", timezone="Europe/Berlin")
    declare("by_hand", schedule=None)
    entries = beat_schedule()
    assert list(entries) == ["jobs_api: hourly", "jobs_api: nightly", "jobs_api: run-due"]
    assert entries["jobs_api: hourly"]["schedule"].slots == Schedule("0 * * * *", "Europe/Berlin")
    assert entries["jobs_api: run-due"]["schedule"].slots == Schedule("*/5 * * * *", "UTC")
    assert list(beat_schedule("n*", run_due_every=None)) == ["jobs_api: nightly"]
    with pytest.raises(BadInput):
        beat_schedule("weekly")


def test_an_app_that_is_finalized_before_the_jobs_are_known_has_them_all_the_same(
    declare, app, tmp_path, monkeypatch
):
    """Another app's `ready()` may touch a task. Beat would start without ours, with an error in its log."""
    declare("nightly")
    monkeypatch.setattr(apps, "ready", False)
    celery_beat.add_jobs(app, queue="jobs")
    app.add_periodic_task(60.0, app.signature("own"))
    with pytest.raises(WrongUse):
        list(app.conf.beat_schedule)  # beat looks, and refuses to start
    monkeypatch.setattr(apps, "ready", True)
    beat = PersistentScheduler(app, schedule_filename=str(tmp_path / "beat"))
    assert of_ours(beat) == ["jobs_api: nightly", "jobs_api: run-due"]
    assert "own()" in beat.schedule
    assert beat.schedule["jobs_api: nightly"].options["queue"] == "jobs"


@pytest.mark.parametrize(("only", "error"), [("weekly", BadInput), ("*", ImproperlyConfigured)])
def test_beat_refuses_to_start_where_its_entries_cannot_be_made(
    declare, app, tmp_path, only, error, monkeypatch
):
    if only == "*":
        monkeypatch.setattr(discovery, "faults", [Fault("jobs_api.E011", "Wrong.", "Fix it.")])
    celery_beat.add_jobs(app, only)
    with pytest.raises(error):
        PersistentScheduler(app, schedule_filename=str(tmp_path / "beat"))


class Service:
    """What beat is while it starts."""

    def __init__(self, app, held):
        self.app, self.scheduler = app, SimpleNamespace(schedule=held)


@pytest.mark.parametrize("holds", [True, False])
def test_beat_refuses_to_start_where_its_scheduler_takes_none_of_ours(declare, app, holds, caplog):
    """That of django-celery-beat would log an error for each entry, and go on with none."""
    declare("nightly")
    celery_beat.add_jobs(app)
    held = {"celery.backend_cleanup": 1, **({"jobs_api: run-due": 2} if holds else {})}
    if holds:
        beat_init.send(sender=Service(app, held))
        return
    with pytest.raises(SystemExit):
        beat_init.send(sender=Service(app, held))
    assert "manage.py jobs_sync django-celery-beat" in caplog.text


def test_a_beat_that_has_nothing_to_do_with_us_starts(app):
    beat_init.send(sender=Service(app, {}))


def test_the_message_carries_the_slot_however_late_beat_is(declare, app, clock, sent):
    declare("nightly", schedule="*/10 * * * *", timezone="Asia/Kolkata")
    app.conf.beat_schedule = beat_schedule(queue="jobs")
    beat = Scheduler(app)
    beat.merge_inplace(app.conf.beat_schedule)
    clock.pass_by(beat, NOON + timedelta(minutes=9))
    clock.at += timedelta(minutes=7)  # beat stood still
    clock.pass_by(beat, clock.at + timedelta(seconds=1))
    (job,) = [each for each in sent if each.task == "jobs_api.trigger"]
    assert job.args == ("nightly",)
    assert datetime.fromisoformat(job.scheduled_at) == NOON + timedelta(minutes=10)
    assert job.options["queue"] == "jobs"
    assert [each.task for each in sent].count("jobs_api.run_due") == 2  # at five past, and for those missed


def started(app, folder, only="*"):
    """Beat, which keeps its entries in a file."""
    app.conf.beat_schedule = {}
    celery_beat.add_jobs(app, only, run_due_every=None)
    return PersistentScheduler(app, schedule_filename=str(folder / "beat"))


def of_ours(beat):
    return sorted(name for name in beat.schedule if name.startswith("jobs_api: "))


def test_its_file_forgets_entries_that_are_gone(declare, app, clock, sent, tmp_path):
    declare("nightly", schedule="*/10 * * * *")
    declare("gone", schedule="*/10 * * * *")
    beat = started(app, tmp_path)
    clock.pass_by(beat, NOON + timedelta(minutes=11))
    assert {each.args for each in sent} == {("nightly",), ("gone",)}
    beat.close()
    beat = started(app, tmp_path, "nightly")
    assert of_ours(beat) == ["jobs_api: nightly"]
    beat.close()


def test_a_slot_from_before_it_was_started_is_left_to_run_due(declare, app, clock, sent, tmp_path):
    """Its file says when the old line ran: the new one would be due at once."""
    declare("nightly", schedule="5 12 * * *", timezone="UTC")
    beat = started(app, tmp_path)
    clock.pass_by(beat, NOON + timedelta(minutes=6))
    beat.close()
    assert len(sent) == 1
    registry.fill([Job("nightly", command="toy", schedule="10,50 12 * * *", timezone="UTC")])
    clock.at = NOON + timedelta(minutes=30)  # its first slot has passed
    beat = started(app, tmp_path)
    clock.pass_by(beat, NOON + timedelta(minutes=40))
    assert [each.args for each in sent if each.args] == [("nightly",)]
    clock.pass_by(beat, NOON + timedelta(minutes=51))
    beat.close()
    assert datetime.fromisoformat(sent[-1].scheduled_at) == NOON + timedelta(minutes=50)


def test_a_changed_schedule_replaces_the_one_in_its_file(declare, app, clock, tmp_path):
    declare()
    for line in ("*/10 * * * *", "*/15 * * * *"):
        registry.fill([Job("nightly", command="toy", schedule=line)])
        beat = started(app, tmp_path)
        assert beat.schedule["jobs_api: nightly"].schedule.slots.expression == line
        beat.close()


def test_a_line_that_has_no_more_slots_is_asked_again_tomorrow(clock):
    clock.at = datetime(9998, 1, 1, tzinfo=UTC)
    assert tuple(SlotSchedule(Schedule.parse("0 3 * * *", "UTC")).is_due(clock.at)) == (False, 86400)


# -- what a worker does -----------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("error", [SystemExit(3), ValueError("it broke")], ids=repr)
def test_a_failed_job_neither_ends_the_worker_nor_is_sent_again(declare, toy, error):
    declare(max_attempts=1)
    toy(raising(error))
    done = trigger_job.apply(["nightly"])
    assert done.state == "SUCCESS"
    assert done.result.startswith("failed: slot ")
    run = JobRun.objects.get()
    assert (run.state, run.source, run.attempt) == (State.FAILED, "celery-beat", 1)


@pytest.mark.django_db
def test_the_task_runs_the_slot_of_the_message(declare, toy):
    toy(lambda command, **options: None)
    declare(schedule="*/10 * * * *")
    slot = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=2)
    trigger_job.apply(["nightly"], {"scheduled_at": slot.isoformat(), "source": "django-celery-beat"})
    run = JobRun.objects.get()
    assert (run.run_date, run.source) == (slot, "django-celery-beat")
    assert start_due.apply().result.startswith("done: ")


@pytest.mark.parametrize("sent_with", [None, "2026-11-20T12:00:00+00:00"])
def test_a_message_without_a_slot_carries_the_time_at_which_it_was_sent(app, sent_with):
    app.tasks["jobs_api.trigger"].apply_async(["nightly"], {"scheduled_at": sent_with} if sent_with else {})
    with app.connection() as connection:
        _, named, _ = connection.SimpleQueue("celery").get(timeout=5).payload
    at = datetime.fromisoformat(named["scheduled_at"])
    assert at == NOON if sent_with else datetime.now(UTC) - at < timedelta(minutes=1)


def test_whatever_the_hosts_defaults_are_its_message_is_not_delivered_again(app):
    app.conf.update(task_acks_late=True, task_reject_on_worker_lost=True, task_ignore_result=False)
    for task in (app.tasks["jobs_api.trigger"], app.tasks["jobs_api.run_due"]):
        assert not task.acks_late
        assert not task.reject_on_worker_lost
        assert task.ignore_result


@pytest.mark.django_db
def test_one_worker_does_not_wait_for_a_run_that_it_must_do_itself(declare, monkeypatch):
    """The trap: the only process of a worker would wait for a message that only it can take."""
    declare(executor="celery")
    messages = []
    monkeypatch.setattr(broker, "through", messages.append)
    assert trigger_job.apply(["nightly"]).result.startswith("accepted: slot ")
    assert len(messages) == 1


def test_celerys_time_limits_are_later_than_those_of_inline_jobs(declare):
    declare("slow", timeout=7200)
    declare("quick", timeout=10)
    declare("apart", timeout=9000, executor="subprocess")
    limits = {name: entry["options"] for name, entry in beat_schedule().items()}
    assert limits["jobs_api: slow"]["soft_time_limit"] > 7200
    assert limits["jobs_api: slow"]["time_limit"] > limits["jobs_api: slow"]["soft_time_limit"]
    assert limits["jobs_api: quick"]["time_limit"] < 200 > limits["jobs_api: apart"]["time_limit"]
    assert limits["jobs_api: run-due"]["soft_time_limit"] > 7200


def test_the_hosts_autodiscovery_finds_both_tasks():
    import jobs_api.tasks

    assert jobs_api.tasks.celery_beat is celery_beat

"""The celery executor where it sends: what a message carries, what a cancel does, what its task does."""

from __future__ import annotations

import os
import signal
import threading
import time
from datetime import datetime, timedelta
from unittest.mock import Mock

import pytest
from billiard.common import _shutdown_cleanup
from celery.exceptions import Retry
from django.db import OperationalError
from django.utils import timezone
from kombu import Exchange, Queue

from jobs_api.execution import drain
from jobs_api.executors import celery as executor
from jobs_api.executors.celery import broker as sending
from jobs_api.executors.celery import worker
from jobs_api.models import JobRun, Reason, State
from jobs_api.triggers.cancelling import cancel_run
from jobs_api.worker.delivery import deliver
from tests.jobs_api.triggers.asking import trigger

from .broker import PASSWORD, messages
from .subprocesses import until

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_message_carries_two_numbers_and_its_jobs_name_for_people(declare, broker, use_celery):
    app = use_celery(broker.url, START_WITHIN_SECONDS=600)
    job = declare(timeout=50, options={"say": "a secret"})

    result = trigger(job, now=None)

    [(headers, properties, arguments)] = messages(app)
    assert (result.outcome, arguments) == ("accepted", [result.run.id, 1])
    assert (headers["task"], headers["shadow"]) == ("jobs_api.attempt", "nightly")
    assert headers["id"] == f"jobs-api-{result.run.id}-1"
    assert headers["ignore_result"] is True
    assert headers["timelimit"] == [50 + 1 + 10 + 10, 50 + 1 + 10]  # hard and soft: after ours, both
    lasts = datetime.fromisoformat(headers["expires"]) - timezone.now()
    assert timedelta(seconds=590) < lasts <= timedelta(seconds=600)
    assert "secret" not in str((headers, properties, arguments))


def test_a_job_chooses_queue_and_priority_and_the_setting_gives_the_rest(declare, broker, use_celery):
    app = use_celery(broker.url, EXECUTOR_OPTIONS={"celery": {"queue": "jobs", "priority": 3}})
    trigger(declare("light"), now=None)
    trigger(declare("heavy", executor_options={"queue": "heavy", "memory_mb": 512}), now=None)

    [(light, properties, _)], [(heavy, _, _)] = messages(app, "jobs"), messages(app, "heavy")
    assert (light["shadow"], properties["priority"], heavy["shadow"]) == ("light", 3, "heavy")


def test_a_routing_key_takes_a_message_where_the_host_has_bound_a_queue(declare, broker, use_celery):
    app = use_celery(broker.url)
    topics = Exchange("topics", "topic")
    app.conf.task_queues = [Queue("reports", topics, "jobs.*"), Queue("copies", topics, "jobs.monthly")]
    for queue in app.conf.task_queues:
        with app.connection_for_write() as connection:
            queue(connection.default_channel).declare()

    options = {"queue": "reports", "routing_key": "jobs.monthly"}
    assert trigger(declare(executor_options=options), now=None).outcome == "accepted"

    for queue in ("reports", "copies"):
        assert [headers["shadow"] for headers, _, _ in messages(app, queue)] == ["nightly"]


def test_a_message_that_was_sent_although_an_error_came_back_does_not_begin(
    declare, broker, use_celery, monkeypatch, toy
):
    """The answer said that it failed: what a caller was told stays true."""
    app = use_celery(broker.url)
    toy(lambda command, **options: pytest.fail("it began"))
    send = executor._send

    def sends_and_fails(*args):
        send(*args)
        raise OSError(104, "Connection reset by peer")

    monkeypatch.setattr(executor, "_send", sends_and_fails)
    assert trigger(declare(), now=None).outcome == "submit_failed"

    [(_, _, arguments)] = messages(app)
    assert deliver(*arguments) is None
    assert JobRun.objects.get().reason == Reason.SUBMIT_FAILED


def test_a_message_that_was_lost_is_reaped_and_costs_no_try(declare, broker, use_celery):
    """Pain 7: nothing waits for ever."""
    use_celery(broker.url, START_WITHIN_SECONDS=60)
    job = declare()
    trigger(job, now=None)
    broker.empty()

    soon = timezone.now() + timedelta(seconds=55)
    late = timezone.now() + timedelta(seconds=62)
    run_date = JobRun.objects.get().run_date
    assert trigger(job, run_date=run_date, now=soon).outcome == "already_running"
    assert trigger(job, run_date=run_date, now=late).run.attempt == 2
    assert JobRun.objects.get().tries == 0


# -- cancelling -------------------------------------------------------------------------------


def test_cancelling_with_the_broker_down_works_at_once_and_is_logged(declare, broker, use_celery, caplog):
    use_celery(broker.url)
    trigger(declare(), now=None)
    broker.kill()

    started = time.monotonic()
    assert cancel_run(JobRun.objects.get(), actor="ann", reason="")
    assert time.monotonic() - started < 10

    assert JobRun.objects.get().state == State.CANCELLED
    until(lambda: "could not be revoked" in caplog.text)  # by a thread for which a cancel waits a second
    assert PASSWORD not in caplog.text


def test_cancelling_waits_for_the_broker_no_longer_than_a_second(declare, broker, use_celery, monkeypatch):
    use_celery(broker.url)
    trigger(declare(), now=None)
    over = threading.Event()
    monkeypatch.setattr(sending, "revoke", lambda task_id: over.wait(20))
    started = time.monotonic()
    assert cancel_run(JobRun.objects.get(), actor="ann", reason="")
    assert time.monotonic() - started < 10
    over.set()


# -- the task, called as a worker does --------------------------------------------------------


def test_while_the_database_is_away_the_message_is_sent_again_until_it_expires(
    declare, broker, use_celery, monkeypatch
):
    app = use_celery(broker.url, START_WITHIN_SECONDS=600)
    trigger(declare(executor_options={"queue": "heavy"}), now=None)
    [(headers, properties, arguments)] = messages(app, "heavy")

    def away(*_, **__):
        raise OperationalError("the database is away")

    monkeypatch.setattr(worker, "deliver", away)
    delivered = {**headers, "args": arguments, "kwargs": {}, "correlation_id": headers["id"]}
    info = {"exchange": "", "routing_key": "heavy", "priority": properties["priority"]}
    worker.attempt.push_request(**delivered, delivery_info=info, called_directly=False)
    came = timezone.now()
    try:
        with pytest.raises(Retry):
            worker.attempt.run(*arguments)
    finally:
        worker.attempt.pop_request()
    left = timezone.now()

    [(again, _, resent)] = messages(app, "heavy")
    kept = ("id", "shadow", "expires", "timelimit", "task")
    assert [again[name] for name in kept] == [headers[name] for name in kept]
    assert (resent, again["retries"]) == (arguments, 1)
    wait = timedelta(seconds=10)
    assert came + wait <= datetime.fromisoformat(again["eta"]) <= left + wait


def test_a_child_that_was_told_to_stop_exits_after_its_attempt_and_hurries_no_other(monkeypatch):
    """Its own handler would have exited at once, and given back a message whose attempt has begun."""
    exits = []
    monkeypatch.setattr(worker.threading, "Timer", lambda *call: exits.append(call) or Mock())
    monkeypatch.setattr(worker, "deliver", lambda *_, **__: os.kill(os.getpid(), signal.SIGTERM))
    before = signal.signal(signal.SIGTERM, _shutdown_cleanup)
    try:
        worker.attempt(1, 1)
        assert signal.getsignal(signal.SIGTERM) is _shutdown_cleanup
    finally:
        signal.signal(signal.SIGTERM, before)

    assert [call[1:] for call in exits] == [(os.kill, [os.getpid(), signal.SIGTERM])]
    assert not drain.draining()


def test_celerys_soft_limit_counts_as_a_time_out(declare, broker, use_celery, toy):
    """It comes after ours, so it meets a run whose time is over already."""
    from celery.exceptions import SoftTimeLimitExceeded

    app = use_celery(broker.url)

    def overdue(command, **options):
        time.sleep(0.12)
        raise SoftTimeLimitExceeded(0.1)

    toy(overdue)
    trigger(declare(timeout=0.1), now=None)
    [(_, _, arguments)] = messages(app)
    deliver(*arguments, isolated=False)

    assert (JobRun.objects.get().reason, JobRun.objects.get().tries) == (Reason.TIMEOUT, 1)


def test_an_eager_celery_runs_the_command_in_the_request(declare, use_celery, toy):
    """As hosts have it in their tests."""
    app = use_celery(None)
    app.conf.task_always_eager = True
    toy(lambda command, **options: command.stdout.write(str(os.getpid())))
    assert trigger(declare(), now=None, wait_own=5).outcome == "succeeded"
    assert JobRun.objects.get().output_head == f"{os.getpid()}\n".encode()

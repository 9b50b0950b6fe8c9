"""The celery executor with real workers: they perform, are killed, are told to stop, get things twice."""

from __future__ import annotations

import json
import os
import signal
import threading

import pytest

from jobs_api import Job, registry
from jobs_api.executors import celery as executor
from jobs_api.executors.celery import broker as sending
from jobs_api.models import JobAttempt, JobRun, JobTotals, Reason, State
from jobs_api.monitoring.totals import Totals
from jobs_api.runs.types import Lease
from jobs_api.triggers.cancelling import cancel_run
from tests.jobs_api.triggers.asking import RECENT, trigger
from tests.toys.child.start import ledger

from .subprocesses import is_alive, until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def book(tmp_path):
    return tmp_path / "ledger"


@pytest.fixture
def job(declare, book):
    """Works until it is stopped, and says when it starts and ends."""
    return declare(options={"ledger": str(book), "seconds": 60}, retry_backoff=0, max_attempts=2)


def running(book, count=1):
    """Once the command has started so many times: the process that it runs in."""
    lines = until(lambda: book.exists() and len(found := book.read_text().splitlines()) >= count and found)
    return int(lines[-1].split()[-1])


def ended():
    """The run, once it has ended."""
    until(lambda: JobRun.objects.exclude(state__in=[State.CLAIMED, State.RUNNING]).exists())
    return JobRun.objects.get()


def again(run, attempt=1):
    """What a broker does that delivers a message again."""
    job, lease = registry.get(run.job_name), Lease(run.pk, attempt, run.job_name, run.run_date, 0, {}, RECENT)
    sending.through(lambda connection: executor._send(job, lease, connection, 60))


def test_the_worker_of_a_host_that_only_discovers_tasks_runs_jobs_under_their_own_names(
    declare, broker, use_celery, work, book
):
    """Pains 4 and 16: a message that comes twice runs once. And logs, events and Flower know the job."""
    app = use_celery(broker.url)
    job = declare(options={"ledger": str(book), "say": "hello"})
    worker = work()

    with listening(app) as events:
        result = trigger(job, now=None, wait_own=60)
        run = JobRun.objects.get()
        assert (result.outcome, run.state, run.output_head) == ("succeeded", State.SUCCEEDED, b"hello\n")
        again(run)
        until(lambda: worker.log().count("succeeded in") == 2)
        until(lambda: sum(event["type"] == "task-succeeded" for event in events) == 2)

    assert ledger(book) == [(1, "start"), (1, "end")]
    assert f"Task nightly[jobs-api-{run.pk}-1] received" in worker.log()
    received = [event for event in events if event["type"] == "task-received"]
    assert [(event["name"], event["uuid"]) for event in received] == [("nightly", f"jobs-api-{run.pk}-1")] * 2
    assert int(run.holder.rpartition(":")[2]) in worker.children()


def test_all_that_a_command_writes_is_its_runs_once_though_celery_has_taken_over_the_standard_streams(
    declare, broker, use_celery, work
):
    """Pain 20: the command's output is lost."""
    use_celery(broker.url)
    job = declare(options={"behave": "everything_writes"})
    work()

    trigger(job, now=None, wait_own=60)

    lines = JobRun.objects.get().output_head.decode().splitlines()
    ways = ("command", "print", "logging", "thread", "descriptor", "program", "errors", "sys.stdout")
    assert [line.split()[-1] for line in lines] == list(ways)


class listening:
    """The events that workers send meanwhile, as Flower gets them."""

    def __init__(self, app):
        self.app, self.events = app, []
        self.connection = app.connection_for_read()
        self.receiver = app.events.Receiver(self.connection, handlers={"*": self.events.append})
        self.thread = threading.Thread(target=self.receiver.capture, kwargs={"wakeup": False})

    def __enter__(self):
        self.thread.start()
        with self.app.events.default_dispatcher() as sender:
            until(lambda: sender.send("probe") or self.events)  # what is sent before it listens is lost
        return self.events

    def __exit__(self, *error):
        self.receiver.should_stop = True
        self.thread.join()
        self.connection.release()


def test_a_worker_that_is_killed_loses_its_lease_and_the_next_trigger_runs_it_elsewhere(
    job, broker, use_celery, work, book
):
    """Pain 7: what a dead worker held is running for nobody."""
    use_celery(broker.url, LEASE_SECONDS=2)
    first = work(LEASE_SECONDS=2)
    trigger(job, now=None)
    command = running(book)

    first.kill()

    until(lambda: not is_alive(command))
    with registry.override(Job("nightly", command="toy", options={"ledger": str(book)})):
        second = work(LEASE_SECONDS=2)
    result = trigger(job, now=None, wait=60, wait_own=60)
    assert (result.outcome, result.run.attempt) == ("succeeded", 2)
    assert JobAttempt.objects.get().reason == Reason.LOST

    again(JobRun.objects.get(), attempt=1)  # as the broker does once its visibility timeout is over
    until(lambda: second.log().count("succeeded in") == 2)
    assert ledger(book) == [(1, "start"), (2, "start"), (2, "end")]


def test_a_child_that_is_killed_gives_its_message_back_and_it_runs_nothing_twice(
    job, broker, use_celery, work, book
):
    """Pain 4. Memory ran out, say: the worker lives, and gets the message again at once."""
    use_celery(broker.url)
    worker = work()
    trigger(job, now=None)
    command = running(book)
    [child] = worker.children()

    os.kill(child, signal.SIGKILL)

    until(lambda: not is_alive(command))
    until(lambda: worker.log().count("received") == 2)
    until(lambda: worker.log().count("succeeded in") == 1)
    assert ledger(book) == [(1, "start")]
    assert JobRun.objects.get().state == State.RUNNING  # until its lease is over


@pytest.mark.parametrize("pool", ["threads", "solo"])
def test_a_worker_of_another_pool_that_is_told_to_stop_hands_its_attempt_back(
    job, broker, use_celery, work, book, pool
):
    """Pain 16: a deploy cuts the run. It costs no try, and the worker is gone. Conformance asks prefork."""
    use_celery(broker.url)
    worker = work(pool=pool, DRAIN_SECONDS=1.5)
    trigger(job, now=None)
    running(book)

    worker.terminate()

    run = ended()
    assert (run.reason, run.tries, run.held_job) == (Reason.INTERRUPTED, 0, None)
    assert worker.process.wait(timeout=60) == 0, worker.log()
    assert ledger(book) == [(1, "start")]


def test_an_attempt_may_end_in_the_time_that_a_drain_gives_it(
    declare, broker, use_celery, work, book, monkeypatch
):
    """Pain 16: a deploy does not cut what would have been done in time. The message is acknowledged."""
    monkeypatch.setenv("TOY_PATIENCE", "20")
    use_celery(broker.url)
    job = declare(options={"ledger": str(book), "seconds": 1.5})
    worker = work(DRAIN_SECONDS=20)
    trigger(job, now=None)
    running(book)

    worker.terminate()

    assert worker.process.wait(timeout=60) == 0
    assert ended().state == State.SUCCEEDED
    assert worker.log().count("succeeded in") == 1
    assert "WorkerLostError" not in worker.log()
    totals = Totals.of(JobTotals.objects.get(job_name="nightly").totals)
    assert totals.attempts["succeeded", ""] == 1, "a child of a pool writes at its end, too"


def test_what_waits_in_a_worker_that_is_told_to_stop_goes_back_to_the_broker(
    job, declare, broker, use_celery, work, book
):
    """A worker takes more messages than it works on, where the host leaves Celery's default."""
    use_celery(broker.url)
    jobs = [job, declare("two", options=job.options), declare("three", options=job.options)]
    worker = work(DRAIN_SECONDS=1.5)
    for waits in jobs:
        trigger(waits, now=None)
    running(book)
    until(lambda: worker.log().count("received") == 3)

    worker.terminate()

    assert worker.process.wait(timeout=60) == 0
    with broker.client() as client:
        waiting = [json.loads(message)["headers"]["shadow"] for message in client.lrange("celery", 0, -1)]
    assert sorted(waiting) == ["three", "two"]
    assert len(ledger(book)) == 1


def test_a_child_that_alone_is_told_to_stop_ends_its_attempt_and_is_replaced(
    job, broker, use_celery, work, book
):
    """As by "terminate" in Flower. What the next child runs is not in a hurry."""
    use_celery(broker.url)
    worker = work(DRAIN_SECONDS=1.5)
    trigger(job, now=None)
    running(book)
    [child] = worker.children()

    os.kill(child, signal.SIGTERM)

    assert ended().reason == Reason.INTERRUPTED
    until(lambda: not is_alive(child))
    assert trigger(job, now=None).run.attempt == 2
    running(book, count=2)
    assert worker.children() != [child]


def test_a_cancelled_attempt_is_thrown_away_by_the_worker(declare, job, broker, use_celery, work, book):
    use_celery(broker.url)
    worker = work()
    trigger(job, now=None)
    running(book)
    waits = declare("waits", options=job.options)
    trigger(waits, now=None)
    run = JobRun.objects.get(job_name="waits")

    assert cancel_run(run, actor="ann", reason="")
    assert not cancel_run(JobRun.objects.get(job_name="nightly"), actor="ann", reason="")

    until(lambda: f"Discarding revoked task: waits[jobs-api-{run.pk}-1]" in worker.log())
    until(lambda: JobRun.objects.filter(state=State.CANCELLED).count() == 2)
    assert len(ledger(book)) == 1

"""dramatiq-crontab: its scheduler asks for our next slot, and a worker of dramatiq triggers the job."""

from __future__ import annotations

from datetime import datetime, timedelta

import dramatiq
import pytest
from django.utils import timezone
from dramatiq.brokers.stub import StubBroker

from jobs_api.models import JobRun, State
from tests.jobs_api.execution.attempts import raising

broker = StubBroker()
dramatiq.set_broker(broker)

from dramatiq_crontab import scheduler  # noqa: E402 - actors are declared for a broker that is set

from jobs_api.bridges import dramatiq_crontab as bridge  # noqa: E402


@pytest.fixture(autouse=True)
def _nothing_scheduled():
    yield
    scheduler.remove_all_jobs()
    broker.flush_all()


def test_each_job_with_a_schedule_is_sent_at_its_slots_and_run_due(declare):
    declare("nightly", timezone="Europe/Berlin")
    declare("by_hand", schedule=None)
    bridge.add_jobs()
    found = {job.name: job for job in scheduler.get_jobs()}
    assert sorted(found) == ["jobs_api: nightly", "jobs_api: run-due"]
    job = found["jobs_api: nightly"]
    assert (str(job.trigger), job.misfire_grace_time) == ("slots[0 3 * * * Europe/Berlin]", None)
    job.func(*job.args)
    (message,) = (dramatiq.Message.decode(data) for data in broker.queues["default"].queue)
    assert (message.actor_name, message.args[0]) == ("jobs_api_trigger", "nightly")
    assert timedelta() <= timezone.now() - datetime.fromisoformat(message.args[1]) < timedelta(minutes=5)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("threads_disconnect")
@pytest.mark.parametrize(
    ("behaviour", "state"), [(None, State.SUCCEEDED), (raising(SystemExit(3)), State.FAILED)]
)
def test_a_worker_runs_the_job_and_sends_nothing_again(declare, toy, behaviour, state):
    """Pain 34: a failed job ends no worker, and the engine does not try again what is ours to retry."""
    toy(behaviour or (lambda command, **options: None))
    declare("nightly", schedule="* * * * *", max_attempts=3)
    sent_at = timezone.now() - timedelta(minutes=7)  # it has waited in the queue
    worker = dramatiq.Worker(broker, worker_timeout=10, worker_threads=1)
    worker.start()
    try:
        bridge.fire.send("nightly", sent_at.isoformat())
        broker.join("default", timeout=20_000)
        worker.join()
    finally:
        worker.stop()
    run = JobRun.objects.get()
    assert (run.source, run.state, run.attempt) == ("dramatiq-crontab", state, 1)
    minute = sent_at.replace(second=0, microsecond=0)
    assert run.run_date in (minute, minute + timedelta(minutes=1))  # a call may come early
    assert broker.queues["default.DQ"].qsize() == 0
    assert broker.dead_letters == []


def test_dramatiqs_own_limits_are_off():
    """By default it ends a message after ten minutes, and sends it again, up to twenty times."""
    for actor in (bridge.fire, bridge.fire_due):
        assert actor.options["max_retries"] == 0
        assert actor.options["time_limit"] > 30 * 24 * 3600 * 1000

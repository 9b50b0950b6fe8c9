"""Threads and processes: alerts are in nobody's way, and are told though processes end or die."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.db import OperationalError

from jobs_api import Job
from jobs_api.alerts import background, delivering, outbox
from jobs_api.alerts.evaluating import evaluate
from jobs_api.models import AlertMessage, Incident, State
from jobs_api.runs import job_state
from tests.conftest import NOON, stored_run
from tests.jobs_api.alerts.looking import JOBS, declared
from tests.jobs_api.execution.attempts import eventually
from tests.toys.child import start

MINUTE = timedelta(minutes=1)
SEND = delivering.send
in_threads = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def no_threads_left():
    yield
    background.evaluator.clear()
    background.evaluator.rest()  # or it would look while the tables are emptied
    for sender in background._senders.values():
        sender.clear()
        sender.rest()
    background._senders.clear()


@pytest.fixture
def failing(declare, sent):
    """A job that has failed for good."""
    job = declare("nightly", schedule=None)
    job_state.know(job, at=NOON - timedelta(days=1))
    return stored_run(job, NOON, state=State.FAILED, reason="error", tries=3, attempt=3)


@pytest.fixture
def soon(monkeypatch):
    monkeypatch.setattr(background, "SOON", 0.05)
    monkeypatch.setattr(background, "AGAIN", 0.2)


@in_threads
@pytest.mark.usefixtures("failing", "soon")
def test_a_thread_tells_soon_after_something_has_happened_and_ends(sent):
    background.happened(state="failed")
    eventually(lambda: sent.told() == [("opened", "failed")])
    eventually(lambda: background.evaluator.thread is None)
    eventually(lambda: background._senders["ops"].thread is None)


@in_threads
@pytest.mark.usefixtures("failing", "soon")
def test_a_channel_that_hangs_stops_no_other_channel_no_evaluation_and_no_trigger(
    api, channels, sent, declare, monkeypatch
):
    channels(stuck={}, ops={})
    over, hangs = threading.Event(), threading.Event()

    def hang(channel, message, **options):
        if channel == "stuck":
            hangs.set()
            over.wait(60)
        sent(channel, message)

    monkeypatch.setattr(delivering, "send", hang)
    try:
        background.happened()
        assert hangs.wait(30)
        eventually(lambda: sent.told() == [("opened", "failed")])
        declare("other", schedule=None)
        assert api("POST", "/api/jobs/other/run").status_code == 200
        evaluate(every=timedelta(0))
        assert not over.is_set()  # it hangs still
    finally:
        over.set()
    eventually(lambda: sent.told("stuck") == [("opened", "failed")])


@pytest.mark.django_db
def test_a_repeat_leaves_alerts_alone_and_an_attempt_only_notes_it(api, declare, monkeypatch):
    declare("nightly", schedule="0 0 1 1 *")
    assert api("POST", "/api/jobs/nightly/run").json()["outcome"] == "succeeded"
    assert background.evaluator.needed()
    background.evaluator.clear()
    monkeypatch.setattr(
        background.evaluator, "wake", lambda **_: pytest.fail("a repeat has no time for that")
    )
    assert api("POST", "/api/jobs/nightly/run").json()["outcome"] == "already_succeeded"


@pytest.mark.parametrize(("evaluated", "again"), [(-1, True), (1, False)])
def test_what_another_process_has_evaluated_since_is_not_evaluated_again(monkeypatch, evaluated, again):
    """An evaluation that began before the event has not seen it."""
    at = NOON
    monkeypatch.setattr(background.clock, "guess", lambda: at)
    monkeypatch.setattr("jobs_api.alerts.evaluating.evaluate", lambda: at + evaluated * MINUTE)
    background.happened()
    background.evaluator.turn()
    assert background.evaluator.needed() is again


def test_an_evaluation_that_the_database_did_not_take_is_tried_again(monkeypatch, caplog):
    def away():
        raise OperationalError("gone")

    monkeypatch.setattr("jobs_api.alerts.evaluating.evaluate", away)
    background.happened()
    background.evaluator.take_turn()
    assert background.evaluator.needed()
    assert "The evaluation of alerts failed" in caplog.text


@pytest.mark.django_db
def test_what_was_sent_while_the_database_went_away_comes_again_with_the_same_id(failing, sent, monkeypatch):
    evaluate(now=NOON + MINUTE)
    with monkeypatch.context() as patch:
        patch.setattr(outbox, "_mark_sent", lambda *_: (_ for _ in ()).throw(OperationalError("gone")))
        with pytest.raises(OperationalError):
            outbox.deliver("ops", now=NOON + MINUTE)
    assert outbox.deliver("ops", now=NOON + 2 * MINUTE) == 0
    assert outbox.deliver("ops", now=NOON + 4 * MINUTE) == 1
    assert len({message.id for _, message in sent.messages}) == 1


@pytest.mark.parametrize(
    ("due", "sent", "waits"), [(None, 0, None), (0, 1, 0), (0, 0, 30), (60, 0, 60), (900, 0, None)]
)
def test_a_channels_thread_waits_for_a_try_that_comes_soon_and_never_spins(due, sent, waits):
    found = background._when(None if due is None else timedelta(seconds=due), sent)
    if waits is None:
        assert found is None
    else:
        assert found - time.monotonic() == pytest.approx(waits, abs=5)


# -- processes --------------------------------------------------------------------------------


def look_and_die(where):
    code = [sys.executable, "-m", "tests.jobs_api.together", "1", "tests.jobs_api.alerts.looking:dies", where]
    done = subprocess.run(
        code, env=start.environment([]), cwd=settings.BASE_DIR, timeout=120, capture_output=True
    )
    assert b"[-9]" in done.stderr


@pytest.fixture
def failing_everywhere(declare, sent):
    for job in declared():
        declare(job.name, schedule=job.schedule, grace=60)
        job_state.know(job, at=NOON - timedelta(days=1))
        stored_run(job, NOON, state=State.FAILED, reason="error", tries=3, attempt=3)


@in_threads
@pytest.mark.usefixtures("failing_everywhere")
def test_a_process_that_is_killed_while_it_evaluates_leaves_all_or_nothing(sent):
    look_and_die("write")
    assert Incident.objects.count() == AlertMessage.objects.count() == 0
    evaluate(now=NOON + 3 * MINUTE)
    assert Incident.objects.count() == JOBS
    outbox.deliver("ops", now=NOON + 3 * MINUTE)
    assert sent.told() == [("opened", "failed")] * JOBS


@in_threads
@pytest.mark.usefixtures("failing_everywhere")
def test_a_process_that_is_killed_while_it_sends_loses_no_message(sent):
    look_and_die("send")
    assert Incident.objects.count() == JOBS
    outbox.deliver("ops", now=NOON + 4 * MINUTE)
    assert sent.told() == [("opened", "failed")] * JOBS


@in_threads
def test_a_command_tells_at_its_end_what_it_has_found(tmp_path):
    """Cron's process has no time for threads that wait."""
    note = {"TYPE": "tests.toys.channels.Notes", "FILE": str(tmp_path / "notes")}
    job = Job("nightly", command="perform", options={"exit": 3}, schedule="0 3 * * *", max_attempts=1)
    child = start.start("jobs_run", "nightly", jobs=[job], jobs_api={"ALERTS": {"CHANNELS": {"ops": note}}})
    out, err = child.communicate(timeout=60)
    assert child.returncode == 1, err
    assert (tmp_path / "notes").read_text() == "opened failed nightly\n", out + err


SCRIPT = "from jobs_api import trigger; trigger('nightly')"


@in_threads
def test_a_script_of_the_host_tells_at_its_end_what_it_has_triggered(tmp_path):
    """It may be the only process that there ever is. Python 3.12 starts no thread then: the message waits."""
    note = {"TYPE": "tests.toys.channels.Notes", "FILE": str(tmp_path / "notes")}
    job = Job("nightly", command="perform", options={"exit": 3}, schedule="0 3 * * *", max_attempts=1)
    child = start.start("shell", "-c", SCRIPT, jobs=[job], jobs_api={"ALERTS": {"CHANNELS": {"ops": note}}})
    out, err = child.communicate(timeout=60)
    assert child.returncode == 0, err
    assert Incident.objects.get().kind == "failed"
    if sys.version_info[:2] != (3, 12):
        assert (tmp_path / "notes").read_text() == "opened failed nightly\n", out + err
    else:
        assert AlertMessage.objects.get().next_try_at


def test_the_end_of_a_test_run_leaves_the_hosts_own_database_alone(monkeypatch):
    """Where that of the tests was, the host's is when the process ends."""
    monkeypatch.setattr("jobs_api.alerts.evaluating.evaluate", lambda **_: pytest.fail("of another database"))
    background.happened(state="failed")
    monkeypatch.setattr(background, "_database", lambda: "host")
    background.at_end()


@in_threads
@pytest.mark.usefixtures("failing")
def test_what_is_too_slow_for_the_end_of_a_process_is_noted_and_waits_its_turn(settings, monkeypatch):
    """A host that only cron calls would send it anew with each command, and call the channel well."""
    slow = {"TYPE": "tests.toys.channels.Slow", "SECONDS": 5}
    settings.JOBS_API = {**settings.JOBS_API, "ALERTS": {"CHANNELS": {"slow": slow}}}
    given = []

    def send(channel, message, *, seconds):
        given.append(seconds)
        SEND(channel, message, seconds=seconds)

    monkeypatch.setattr(delivering, "send", send)
    monkeypatch.setattr(background, "LAST_SECONDS", 2.0)
    background.happened(state="failed")
    background.at_end()
    assert given[0] <= 2.0 - outbox.MARKING, "there is time to note it"
    # A slow machine may take a little longer than that.
    row = eventually(AlertMessage.objects.filter(claimed_until=None).first)
    assert (row.tries, row.sent_at) == (1, None)
    assert "did not take the message within" in row.error
    assert row.next_try_at > row.created_at


@in_threads
def test_help_evaluates_nothing(monkeypatch, capsys):
    monkeypatch.setattr(
        "jobs_api.alerts.evaluating.evaluate", lambda **_: pytest.fail("nothing has happened")
    )
    background.evaluator.clear()
    background.at_end()


@in_threads
@pytest.mark.usefixtures("failing")
def test_the_end_of_a_process_waits_for_no_channel_that_hangs(channels, sent, monkeypatch):
    channels(stuck={}, ops={})
    over = threading.Event()

    def hang(channel, message, **options):
        if channel == "stuck":
            over.wait(60)
        sent(channel, message)

    monkeypatch.setattr(delivering, "send", hang)
    # The time is over when "ops" has it: so a slow machine has half a minute for that, and nobody waits.
    clock = SimpleNamespace(monotonic=lambda: time.monotonic() + (30 if sent.told() else 0))
    monkeypatch.setattr(background, "time", clock)
    monkeypatch.setattr(background, "LAST_SECONDS", 30.0)
    background.happened(state="failed")
    try:
        background.at_end()
        assert sent.told() == [("opened", "failed")]
        assert sent.told("stuck") == []
        assert not over.is_set()
    finally:
        over.set()
    eventually(lambda: sent.told("stuck") == [("opened", "failed")])
    eventually(lambda: not AlertMessage.objects.filter(sent_at=None).exists())

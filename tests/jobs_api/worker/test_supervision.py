"""A command in a child of this process: what stops it, and what is written when it is dead."""

from __future__ import annotations

import atexit
import dataclasses
import errno
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

import pytest
from django.db import OperationalError, connection, transaction
from django.test import override_settings

from jobs_api import current_run, runs
from jobs_api.exceptions import LeaseLost, RunStopped
from jobs_api.execution import attempt
from jobs_api.models import JobRun, Reason, State
from jobs_api.worker.child import Child
from jobs_api.worker.supervisor import possible, supervise
from tests.jobs_api.execution.attempts import begun, elsewhere, eventually, output_of
from tests.jobs_api.executors.subprocesses import is_alive

from .supervising import deaf, sleeping, supervised, watch_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("quick")]


def test_the_command_runs_in_another_process_and_a_session_of_its_own(declare, toy):
    toy(lambda command, **options: command.stdout.write(f"{os.getppid()} {os.getsid(0) == os.getpid()}"))

    run = supervised(declare())

    assert (run.state, output_of(run)) == (State.SUCCEEDED, f"{os.getpid()} True\n")


def test_the_command_knows_its_run(declare, toy):
    def tell(command, **options):
        run = current_run()
        run.check()
        run.progress(2, 9)
        command.stdout.write(f"{run.job_name} {run.run_date} {run.attempt}")

    toy(tell)
    run = supervised(declare(timezone="Europe/Berlin"))

    assert output_of(run) == "nightly 2026-11-20 13:00:00+01:00 1\n"
    assert (run.progress_done, run.progress_total) == (2, 9)


def test_a_command_that_cannot_renew_its_lease_is_dead_before_it_runs_out(declare, toy, monkeypatch):
    """Contract 2: an executor that can kill stops its command before a lease that it could not renew ends."""
    toy(sleeping)
    deaf(monkeypatch)
    job = declare()
    monkeypatch.setattr(runs, "renew", _raise_operational_error)
    lease, began = begun(job), time.monotonic()
    died = _time_of_death(monkeypatch)

    # The end of a long one: a twentieth of it is left after the kill, more than a machine stands still.
    with override_settings(JOBS_API={"LEASE_SECONDS": 40, "RENEW_SECONDS": 0.3, "KILL_SECONDS": 60}):
        supervise(job, dataclasses.replace(lease, sent_at=began - 35))

    run = JobRun.objects.get()
    assert 2 < died[0] - began < 5
    assert (run.state, run.reason, run.tries) == (State.FAILED, Reason.LOST, 1)


def _raise_operational_error(leases):
    raise OperationalError("away")


def test_a_lease_that_was_long_in_coming_is_counted_from_when_it_was_asked_for(declare, toy, monkeypatch):
    toy(sleeping)
    deaf(monkeypatch)
    job = declare()
    monkeypatch.setattr(runs, "renew", _raise_operational_error)
    lease, began = begun(job), time.monotonic()
    died = _time_of_death(monkeypatch)

    with override_settings(JOBS_API={"LEASE_SECONDS": 40, "RENEW_SECONDS": 0.3, "KILL_SECONDS": 60}):
        supervise(job, dataclasses.replace(lease, sent_at=began - 37))

    assert died[0] - began < 3


def _time_of_death(monkeypatch):
    """When the end was known, before it is written."""
    died = []
    write = attempt.write_end

    def note_and_write(*end, **named):
        died.append(time.monotonic())
        return write(*end, **named)

    monkeypatch.setattr(attempt, "write_end", note_and_write)
    return died


def test_a_lease_that_another_took_stops_the_command_and_nothing_is_written(declare, toy):
    """Pain 6: the old holder has no say any more."""
    toy(lambda command, **options: JobRun.objects.update(attempt=2) and time.sleep(60))
    job = declare()
    lease = begun(job)

    with pytest.raises(LeaseLost):
        supervise(job, lease)

    assert JobRun.objects.values_list("attempt", "state").get() == (2, State.RUNNING)


def test_the_lease_is_renewed_while_a_command_takes_its_time_to_die(declare, toy, monkeypatch):
    toy(sleeping)
    deaf(monkeypatch)
    asked, renewed, stop, renew = [], [], Child.stop, runs.renew

    def note_and_stop(child, reason, *, within):
        asked.append(time.monotonic())
        stop(child, reason, within=within)

    monkeypatch.setattr(Child, "stop", note_and_stop)
    monkeypatch.setattr(runs, "renew", lambda leases: renewed.append(time.monotonic()) or renew(leases))

    with override_settings(JOBS_API={"LEASE_SECONDS": 30, "RENEW_SECONDS": 0.1, "KILL_SECONDS": 2}):
        run = supervised(declare(timeout=0.2))

    assert run.reason == Reason.TIMEOUT  # and not lost
    assert renewed[-1] > asked[0]


def test_what_the_workers_exit_needs_is_not_done_by_the_child_but_what_the_commands_needs_is(
    declare, toy, tmp_path
):
    toy(lambda command, **options: atexit.register((tmp_path / "of the command").touch))
    act = (tmp_path / "of the worker").touch
    atexit.register(act)
    try:
        supervised(declare())
    finally:
        atexit.unregister(act)

    assert [path.name for path in tmp_path.iterdir()] == ["of the command"]


def test_no_database_connection_is_shared_with_the_child(declare, toy):
    def ask(command, **options):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        command.stdout.write("asked")

    toy(ask)
    job = declare()
    lease = begun(job)
    parents = connection.connection

    supervise(job, lease)

    assert connection.connection is not parents
    assert output_of(JobRun.objects.get()) == "asked\n"


@pytest.mark.parametrize("said", ['{"state": "succ', "5", '{"state": "failed", "more": 1}', "\x00"])
def test_a_result_that_is_cut_off_by_a_kill_or_written_by_a_command_is_none(declare, toy, monkeypatch, said):
    """Half a sentence that says "succeeded" says nothing."""
    monkeypatch.setattr("jobs_api.worker.reporting.json.dumps", lambda ending: said)

    run = supervised(declare())

    assert (run.state, run.reason) == (State.SUCCEEDED, "")  # by its exit status, which was 0


def test_a_command_that_stops_itself_at_a_check_is_what_it_was_asked_to_be(declare, toy):
    def check(command, **options):
        while True:
            current_run().check()
            time.sleep(0.01)

    toy(check)

    assert supervised(declare(timeout=0.3)).reason == Reason.TIMEOUT


def test_a_command_that_swallows_the_stop_is_killed(declare, toy):
    def swallow(command, **options):
        while True:
            try:
                time.sleep(60)
            except RunStopped:
                continue

    toy(swallow)

    assert supervised(declare(timeout=0.3)).reason == Reason.TIMEOUT


def test_an_engine_that_ignores_its_children_learns_no_status_and_the_run_is_no_success(declare, toy):
    toy(lambda command, **options: os._exit(0))
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        run = supervised(declare())
    finally:
        signal.signal(signal.SIGCHLD, before)

    assert (run.state, run.reason) == (State.FAILED, Reason.EXIT)


def test_a_thread_cannot_supervise_nor_can_a_transaction():
    assert possible()
    assert not elsewhere(possible)
    with transaction.atomic():
        assert not possible()


def test_nothing_is_left_behind(declare):
    supervised(declare())
    before = files()
    supervised(declare("another"))

    assert files() <= before


def test_a_program_that_ignores_the_signal_is_killed_although_the_command_has_obeyed(
    declare, toy, tmp_path, monkeypatch
):
    def start(command, **options):
        program = subprocess.Popen([sys.executable, "-c", IGNORES], stdout=subprocess.PIPE)
        (tmp_path / "pid").write_text(str(program.pid))
        program.stdout.readline()
        (tmp_path / "ready").touch()
        time.sleep(60)

    toy(start)
    watch_once(monkeypatch, (tmp_path / "ready").exists)

    run = supervised(declare(timeout=0.3))

    assert run.reason == Reason.TIMEOUT
    eventually(lambda: not is_alive(int((tmp_path / "pid").read_text())))


IGNORES = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(60)
"""


def test_a_daemon_that_goes_on_writing_does_not_keep_the_run_from_ending(declare, toy, tmp_path):
    def start(command, **options):
        program = subprocess.Popen(["/bin/sh", "-c", "while :; do echo x; done"])
        (tmp_path / "pid").write_text(str(program.pid))

    toy(start)
    try:
        run = supervised(declare())
    finally:
        os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)

    assert run.state == State.SUCCEEDED


def files():
    """What this process has open, but for connections to the database: the heartbeat's comes and goes, and
    but for event loops: supervision has none, and a thread of an earlier test may begin one."""
    found = set()
    for name in os.listdir("/proc/self/fd"):
        with suppress(FileNotFoundError):  # the folder itself was open
            found.add(os.readlink(f"/proc/self/fd/{name}"))
    others = ("sqlite3", "socket:", "[eventpoll]", "[eventfd]")
    return {file for file in found if not any(other in file for other in others)}


def test_a_system_that_gives_no_process_fails_the_run_and_says_so(declare, monkeypatch):
    def fork():
        raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    before = files()
    monkeypatch.setattr(os, "fork", fork)

    run = supervised(declare())

    assert (run.state, run.reason, run.tries) == (State.FAILED, Reason.ERROR, 1)
    assert run.error == "No process could be made for the command: Resource temporarily unavailable."
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == set()
    assert files() <= before


def test_a_signal_without_a_name_is_named_by_its_number(declare, toy):
    toy(lambda command, **options: os.kill(os.getpid(), 40))

    assert supervised(declare()).error == "The command's process was killed by signal 40."


def test_a_heartbeat_that_comes_late_may_still_look_at_a_command_that_has_ended(declare, monkeypatch):
    beats, watching = [], attempt.heartbeat.watching
    monkeypatch.setattr(attempt.heartbeat, "watching", lambda beat: beats.append(beat) or watching(beat))

    supervised(declare())

    assert beats[0].report() == (0, None, None)

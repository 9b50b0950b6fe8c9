"""The subprocess executor: a process of its own on this host, whose number is bounded."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.test import override_settings

from jobs_api import due, executors, lanes
from jobs_api.dispatch import Request, cancel_run, dispatch
from jobs_api.leases import Trigger
from jobs_api.models import JobRun, Reason, State
from tests.conftest import stored_run
from tests.jobs_api.dispatch.asking import RECENT
from tests.toys.child.start import ledger, start

from .subprocesses import is_alive, prepare, until

pytestmark = pytest.mark.django_db(transaction=True)

FOLDER = lanes.folder


@pytest.fixture
def on_host(monkeypatch, tmp_path):
    """``on_host(SUBPROCESS_LIMIT=1)``: jobs declared before run in processes with these settings."""

    def run_there(**jobs_api):
        settings = {"EXECUTOR": "subprocess", "LEASE_SECONDS": 6, "RENEW_SECONDS": 1, "KILL_SECONDS": 1}
        changed = override_settings(JOBS_API={"REQUIRE_HTTPS": False, **settings, **jobs_api})
        changed.enable()
        undo.append(changed.disable)
        prepare(monkeypatch, tmp_path, **settings, **jobs_api)

    undo = []
    yield run_there
    for disable in undo:
        disable()
    until(lambda: not any(_supervisors(tmp_path)))


def _supervisors(folder):
    """Processes of this executor that a test with this folder has started."""
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            ours = b"child.py" in (path / "cmdline").read_bytes()
            yield (
                ours and str(folder).encode() in (path / "environ").read_bytes() and is_alive(int(path.name))
            )


def fire(job, run_date=RECENT, **request):
    return dispatch(Request(job, run_date, Trigger("http", "curl"), **{"wait_own": 15, **request}))


def ended(run_date=RECENT):
    """The run, once it has ended."""
    until(
        lambda: JobRun.objects.filter(run_date=run_date).exclude(state__in=["claimed", "running", "queued"])
    )
    return JobRun.objects.get(run_date=run_date)


def test_a_run_succeeds_elsewhere_and_the_record_says_where(declare, on_host):
    job = declare(options={"say": "hello"})
    on_host()

    result = fire(job)

    run = JobRun.objects.get()
    assert (result.outcome, run.state, run.output_head) == ("succeeded", State.SUCCEEDED, b"hello\n")
    assert (run.executor, run.attempt, run.tries) == ("subprocess", 1, 0)
    assert int(run.holder.rpartition(":")[2]) != os.getpid()


def pids(path):
    """The processes that a behaviour has noted, once it has."""
    until(path.exists)
    return [int(pid) for pid in path.read_text().split()]


def behaving(declare, name, path=None, **fields):
    options = {"behave": name} if path is None else {"behave": name, "ledger": str(path)}
    return declare(**{"options": options, "max_attempts": 1, **fields})


def test_all_that_is_written_is_kept_each_line_once_and_in_order(declare, on_host):
    """Pain 20: threads, programs and descriptors too, which inline cannot capture."""
    job = behaving(declare, "everything_writes")
    on_host()

    fire(job)

    lines = JobRun.objects.get().output_head.decode().splitlines()
    assert lines[:2] == ["by the command", "by print"]
    assert lines[2].endswith("WARNING toys: by logging")
    rest = ["by a thread", "by the descriptor", "by a program", "by its errors"]
    assert lines[3:] == [*rest, "by a program given sys.stdout"]


def test_a_flood_is_bounded_and_its_ends_are_kept(declare, on_host):
    job = behaving(declare, "floods")
    on_host(OUTPUT_BYTES=4096)

    fire(job)

    run = JobRun.objects.get()
    assert run.state == State.SUCCEEDED
    assert (run.output_size, len(run.output_head), len(run.output_tail)) == (8 * 2**20 + 11, 2048, 2048)
    assert run.output_head.startswith(b"first\n")
    assert run.output_tail.endswith(b"x\nlast\n")


def test_at_its_time_out_a_stubborn_command_is_killed_with_what_it_has_started(declare, on_host, tmp_path):
    """Pain 7: nothing runs for ever, and no half-dead program is left."""
    job = behaving(declare, "stubborn", tmp_path / "pids", timeout=1)
    on_host()

    result = fire(job)

    run = JobRun.objects.get()
    assert (result.outcome, run.reason, run.error) == ("failed", Reason.TIMEOUT, "It took longer than 1 s.")
    assert run.tries == 1
    assert not any(is_alive(pid) for pid in pids(tmp_path / "pids"))


def test_a_command_that_is_told_to_stop_may_tidy_up(declare, on_host, tmp_path):
    job = behaving(declare, "tidy", tmp_path / "pids", timeout=1)
    on_host()

    fire(job)

    run = JobRun.objects.get()
    assert (run.reason, run.output_head) == (Reason.TIMEOUT, b"tidied up: timeout\n")


def test_a_cancel_stops_a_command_that_never_checks(declare, on_host, tmp_path):
    job = behaving(declare, "tidy", tmp_path / "pids")
    on_host()
    fire(job, wait_own=0)
    pids(tmp_path / "pids")

    assert cancel_run(JobRun.objects.get(), actor="ann", reason="") is False

    assert (ended().state, ended().output_head) == (State.CANCELLED, b"tidied up: cancelled\n")


def test_a_command_that_finishes_although_it_was_cancelled_is_what_it_is(declare, on_host, tmp_path):
    job = behaving(declare, "finishes_anyway", tmp_path / "pids")
    on_host()
    fire(job, wait_own=0)
    pids(tmp_path / "pids")

    cancel_run(JobRun.objects.get(), actor="ann", reason="")

    assert (ended().state, ended().output_head) == (State.SUCCEEDED, b"finished anyway\n")


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        ("kills_itself", "The command's process was killed by SIGKILL. It may have run out of memory."),
        ("leaves", "The command's process exited with 3."),
    ],
)
def test_a_process_that_ends_without_a_word_has_failed_at_once(declare, on_host, behaviour, error):
    """Pain 18: nobody said that it succeeded."""
    job = behaving(declare, behaviour)
    on_host()

    fire(job)

    run = JobRun.objects.get()
    assert (run.state, run.reason, run.error, run.tries) == (State.FAILED, Reason.EXIT, error, 1)


def test_a_limit_of_memory_fails_the_command_and_nothing_else(declare, on_host):
    job = behaving(declare, "devours", executor_options={"memory_mb": 500})
    on_host()

    fire(job)

    run = JobRun.objects.get()
    assert (run.reason, run.error) == (Reason.ERROR, "MemoryError: ")
    assert b"Traceback" in run.output_head


def test_a_run_ends_with_its_command_and_its_threads_not_with_a_daemon_that_it_left(
    declare, on_host, tmp_path
):
    job = behaving(declare, "leaves_a_daemon", tmp_path / "pids")
    on_host()

    assert fire(job).outcome == "succeeded"

    [daemon] = pids(tmp_path / "pids")
    assert is_alive(daemon)
    os.kill(daemon, 9)


def test_a_command_ends_when_its_last_thread_has(declare, on_host):
    job = behaving(declare, "late_thread")
    on_host()

    fire(job)

    assert JobRun.objects.get().output_head == b"by a thread that came last\n"


def test_output_and_progress_can_be_followed_while_it_runs(declare, on_host, tmp_path):
    """Contract 7: readable at most ten seconds after it was written."""
    job = behaving(declare, "counts", tmp_path / "pids")
    on_host()
    fire(job, wait_own=0)

    run = until(lambda: JobRun.objects.filter(output_size__gt=0, state=State.RUNNING).first())

    assert (run.output_head, run.progress_done, run.progress_total) == (b"three of seven\n", 3, 7)
    cancel_run(run, actor="ann", reason="")
    assert ended().state == State.CANCELLED


def test_the_command_line_names_the_run_and_no_secret_and_no_file_of_the_parent_is_open(declare, on_host):
    job = behaving(declare, "tells_secrets_of_its_process")
    with open(os.devnull) as file:
        os.set_inheritable(file.fileno(), True)
        on_host()
        fire(job)

    run = JobRun.objects.get()
    lines = run.output_head.decode().splitlines()
    assert lines[0].split()[-4:] == [lines[0].split()[-4], job.name, str(run.pk), "1"]
    assert lines[0].split()[-4].endswith("jobs_api/child.py")
    assert all("=" not in line and "secret" not in line for line in lines[:2])
    kinds = {line.split()[1].partition(":")[0] for line in lines[2:]}
    assert kinds <= {"pipe", "/dev/null", str(next(Path("/").glob("nowhere"), ""))} | {
        line.split()[1] for line in lines[2:] if "lane-" in line
    }


def test_the_process_outlives_the_one_that_submitted_it(declare, on_host, tmp_path):
    """Pain 15: gunicorn may kill its worker, the run goes on."""
    job = declare(schedule=None, options={"seconds": 1.5, "ledger": str(tmp_path / "ledger")})
    on_host()

    caller = start("jobs_run", job.name, "--run-date", RECENT.isoformat(), jobs=[job], jobs_api={
        "EXECUTOR": "subprocess", "WAIT_SECONDS": 30,
    })  # fmt: skip
    until((tmp_path / "ledger").exists)
    caller.kill()
    caller.communicate()

    assert ended().state == State.SUCCEEDED
    assert ledger(tmp_path / "ledger") == [(1, "start"), (1, "end")]


def test_whoever_waits_for_the_end_of_its_caller_does_not_wait_for_it(declare, on_host, tmp_path):
    """A crontab line ends when `jobs_run` does, although the run goes on."""
    job = declare(schedule=None, options={"behave": "tidy", "ledger": str(tmp_path / "pids")})
    on_host()

    caller = start("jobs_run", job.name, "--run-date", RECENT.isoformat(), jobs=[job], jobs_api={
        "EXECUTOR": "subprocess", "WAIT_SECONDS": 0.1, "KILL_SECONDS": 1,
    })  # fmt: skip
    said, errors = caller.communicate(timeout=20)

    assert "accepted" in said, errors
    pids(tmp_path / "pids")
    cancel_run(JobRun.objects.get(), actor="ann", reason="")
    assert ended().state == State.CANCELLED


def test_a_supervisor_that_is_killed_takes_its_command_along(declare, on_host, tmp_path):
    """Pain 7: without it nobody would renew the lease, so the command must not go on."""
    job = behaving(declare, "stubborn", tmp_path / "pids")
    on_host()
    fire(job, wait_own=0)
    command, program = pids(tmp_path / "pids")

    os.kill(int(JobRun.objects.get().holder.rpartition(":")[2]), 9)

    until(lambda: not is_alive(command) and not is_alive(program), seconds=2)
    assert JobRun.objects.get().state == State.RUNNING  # until its lease runs out


def test_no_zombie_is_left(declare, on_host):
    job = declare()
    on_host()

    fire(job)

    until(lambda: not _children(), seconds=5)


def _children():
    listed = subprocess.run(
        ["ps", "--ppid", str(os.getpid()), "-o", "stat=,args="], capture_output=True, text=True
    )
    return [line for line in listed.stdout.splitlines() if line.startswith("Z") or "child.py" in line]


def test_beyond_the_bound_a_run_waits_as_queued_and_starts_when_another_ends(declare, on_host):
    job = declare(overlap="allow", options={"seconds": 1})
    on_host(SUBPROCESS_LIMIT=1)
    slots = [RECENT.replace(minute=minute) for minute in (0, 1, 2)]

    answers = [fire(job, slot, wait_own=0) for slot in slots]

    assert [answer.outcome for answer in answers] == ["accepted"] * 3
    assert sorted(answer.run.state for answer in answers) == ["claimed", "queued", "queued"]
    runs = [ended(slot) for slot in slots]
    assert [run.state for run in runs] == [State.SUCCEEDED] * 3
    assert [run.attempt for run in runs] == [1, 1, 1]
    spans = sorted((run.started_at, run.finished_at) for run in runs)
    assert spans[0][1] <= spans[1][0]
    assert spans[1][1] <= spans[2][0]


def test_a_run_that_starts_when_another_ends_belongs_to_the_same_server(declare, on_host, tmp_path):
    """Pain 16: the server tells it when it ends, although its worker may be gone."""
    job = declare(overlap="allow", options={"seconds": 0.5})
    on_host(SUBPROCESS_LIMIT=1)
    slots = [RECENT.replace(minute=minute) for minute in (0, 1)]

    for slot in slots:
        fire(job, slot, wait_own=0)

    holder = ended(slots[1]).holder.rpartition(":")[2]
    [lane] = tmp_path.glob("jobs_api-*/*/lane-0")
    assert lane.read_text() == f"{holder} {os.getppid()}"


def test_a_fork_that_a_command_left_behind_takes_no_room(declare, on_host, tmp_path):
    job = behaving(declare, "leaves_a_fork", tmp_path / "pids")
    on_host(SUBPROCESS_LIMIT=1)

    assert fire(job).outcome == "succeeded"

    [daemon] = pids(tmp_path / "pids")
    try:
        until(lambda: not lanes.is_full(tmp_path, 1), seconds=5)
        assert is_alive(daemon)
    finally:
        os.kill(daemon, 9)


def test_who_waits_for_a_run_that_has_no_room_yet_hears_of_its_end(declare, on_host):
    job = declare(overlap="allow", options={"seconds": 0.5})
    on_host(SUBPROCESS_LIMIT=1)
    fire(job, RECENT.replace(minute=0), wait_own=0)

    result = fire(job, RECENT.replace(minute=1), wait_own=15)

    assert (result.outcome, result.run.attempt) == ("succeeded", 1)


def test_a_slot_that_overlaps_is_skipped_although_there_is_no_room_either(declare, on_host):
    job = declare(options={"seconds": 0.5})
    on_host(SUBPROCESS_LIMIT=1)
    fire(job, RECENT.replace(minute=0), wait_own=0)

    assert fire(job, RECENT.replace(minute=1)).outcome == "overlap_skipped"

    ended(RECENT.replace(minute=0))


def test_a_repeat_for_a_run_that_waits_for_room_writes_nothing(declare, on_host, django_assert_num_queries):
    job = declare(overlap="allow", options={"seconds": 1})
    on_host(SUBPROCESS_LIMIT=1)
    fire(job, RECENT.replace(minute=0), wait_own=0)
    fire(job, RECENT.replace(minute=1), wait_own=0)

    with django_assert_num_queries(1):
        again = fire(job, RECENT.replace(minute=1), wait_own=0)

    assert (again.outcome, again.run.state, again.run.attempt) == ("accepted", "queued", 1)
    assert ended(RECENT.replace(minute=1)).state == State.SUCCEEDED


def test_run_due_starts_what_waits_for_room(declare, on_host, monkeypatch):
    job = declare(overlap="allow", catch_up="none")
    on_host(SUBPROCESS_LIMIT=1)
    with monkeypatch.context() as patch:
        patch.setattr(executors.load("subprocess"), "full", lambda: True)
        patch.setattr("jobs_api.lanes.acquire", lambda where, limit: None)
        assert fire(job, wait_own=0).run.state == "queued"

    due.run_due(Trigger("run_due"))

    assert ended().state == State.SUCCEEDED


def test_a_process_that_cannot_begin_closes_its_attempt_at_once(declare, on_host, monkeypatch, capfd):
    job = declare(max_attempts=1)
    on_host()
    monkeypatch.setenv("TOY_JOBS_API", "this is no JSON")

    result = fire(job)

    run = ended()
    assert (result.outcome, run.reason, run.tries) == ("submit_failed", Reason.SUBMIT_FAILED, 0)
    assert run.error.startswith("Its process ended with 1 before the command began")
    until(lambda: "JSONDecodeError" in capfd.readouterr().err)


def test_a_system_that_gives_no_process_is_a_failed_submit(declare, on_host, monkeypatch):
    job = declare(max_attempts=1)
    on_host()
    monkeypatch.setattr("jobs_api.executors.subprocess.interpreter", lambda: "/nowhere/python3")

    result = fire(job)

    assert (result.outcome, result.run.reason) == ("submit_failed", Reason.SUBMIT_FAILED)
    run = JobRun.objects.get()
    assert (run.error, run.tries) == ("No process could be started: No such file or directory.", 0)


def test_an_order_that_cannot_be_given_is_a_failed_submit_and_leaves_no_process(
    declare, on_host, monkeypatch, tmp_path
):
    job = declare(max_attempts=1)
    on_host(SUBPROCESS_LIMIT=1)

    def refuse(lane, pid, server):
        raise ValueError("secret")

    monkeypatch.setattr(lanes, "sign", refuse)

    assert fire(job).outcome == "submit_failed"

    assert JobRun.objects.get().error == "No process could be started: ValueError."
    assert (_children(), lanes.is_full(tmp_path, 1)) == ([], False)


def test_paths_of_any_kind_reach_the_process(declare, on_host, monkeypatch, tmp_path):
    """Settings may put a Path where modules are searched."""
    job = declare()
    on_host()
    monkeypatch.setattr(sys, "path", [*sys.path, tmp_path])
    assert fire(job).outcome == "succeeded"


def test_a_run_goes_on_although_no_thread_can_attend_it(declare, on_host, monkeypatch, caplog):
    job = declare()
    on_host()

    class NoThread(threading.Thread):
        def start(self):
            raise RuntimeError("can't start new thread")

    monkeypatch.setattr("jobs_api.executors.subprocess.threading", SimpleNamespace(Thread=NoThread))

    assert fire(job).outcome == "succeeded"
    assert "no thread could be started to attend it" in caplog.text


def test_a_folder_that_cannot_be_used_is_a_failed_submit_also_for_a_run_that_waits(
    declare, on_host, monkeypatch, tmp_path, caplog
):
    """The log says which folder it is, the answer does not."""
    job = declare()
    on_host()
    stored_run(job, RECENT, state=State.QUEUED, next_attempt_at=RECENT)
    monkeypatch.setattr(lanes, "folder", FOLDER)
    (tmp_path / f"jobs_api-{os.getuid()}").mkdir()
    (tmp_path / f"jobs_api-{os.getuid()}").chmod(0o777)

    assert fire(job).outcome == "submit_failed"

    said = "The folder where this host counts its runs is unusable: Operation not permitted."
    assert (JobRun.objects.get().error, JobRun.objects.get().tries) == (said, 0)
    assert f"not this user's alone: '{tmp_path}" in caplog.text


def test_told_to_stop_the_process_lets_the_command_go_on_for_the_drain_and_hands_it_back(
    declare, on_host, tmp_path
):
    """Pain 16: a deploy costs the run neither a try nor its slot."""
    job = behaving(declare, "tidy", tmp_path / "pids")
    on_host(DRAIN_SECONDS=2)
    fire(job, wait_own=0)
    [command] = pids(tmp_path / "pids")
    supervisor = int(JobRun.objects.get().holder.rpartition(":")[2])

    for pid in (supervisor, command):  # as a platform does that signals every process
        os.kill(pid, 15)

    run = ended()
    assert (run.state, run.reason, run.tries) == (State.FAILED, Reason.INTERRUPTED, 0)
    assert run.output_head == b"tidied up: interrupted\n"
    assert 0.9 < (run.finished_at - run.started_at).total_seconds() < 4
    assert fire(job).outcome == "succeeded"


def test_a_supervisor_that_is_killed_takes_along_a_command_that_lets_no_thread_run(
    declare, on_host, tmp_path
):
    job = behaving(declare, "keeps_the_interpreter", tmp_path / "pids")
    on_host()
    fire(job, wait_own=0)
    [command] = pids(tmp_path / "pids")

    os.kill(int(JobRun.objects.get().holder.rpartition(":")[2]), 9)

    until(lambda: not is_alive(command), seconds=2)

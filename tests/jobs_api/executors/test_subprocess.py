"""The subprocess executor: how its runs end, and what is kept of them."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from jobs_api.models import JobRun, Reason, State
from jobs_api.triggers.cancelling import cancel_run
from tests.jobs_api.triggers.asking import RECENT

from .subprocesses import behaving, children, ended, fire, is_alive, pids, until

pytestmark = pytest.mark.django_db(transaction=True)


def test_all_that_is_written_is_kept_each_line_once_and_in_order_and_no_zombie_is_left(declare, on_host):
    """Pain 20: threads, programs and descriptors too, which inline cannot capture."""
    job = behaving(declare, "everything_writes")
    on_host()

    fire(job)

    lines = JobRun.objects.get().output_head.decode().splitlines()
    assert lines[:2] == ["by the command", "by print"]
    assert lines[2].endswith("WARNING toys: by logging")
    rest = ["by a thread", "by the descriptor", "by a program", "by its errors"]
    assert lines[3:] == [*rest, "by a program given sys.stdout"]
    until(lambda: not children())


def test_a_job_that_calls_something_is_called_in_its_own_process_with_its_values(declare, on_host):
    job = declare(command="", call="tests.toys.calls.knows_its_process", args=["--x"], executor="subprocess")
    on_host()

    assert fire(job).outcome == "succeeded"

    pid, *words = JobRun.objects.get().output_head.decode().split()
    assert (int(pid) != os.getpid(), words) == (True, ["nightly", "1", "--x"])


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_streams_that_a_command_rebinds_lead_to_the_run_in_any_encoding(
    declare, on_host, monkeypatch, encoding
):
    monkeypatch.setenv("PYTHONIOENCODING", encoding)
    job = behaving(declare, "rebinds")
    on_host()

    assert fire(job).outcome == "succeeded"

    assert JobRun.objects.get().output_head.decode() == "1 ✓\n2 ✓\n3\n4 ✓\n5 ✓\n"


def test_a_command_that_is_told_to_stop_may_tidy_up(declare, on_host, tmp_path):
    job = behaving(declare, "tidy", tmp_path / "pids", timeout=3)
    on_host()

    fire(job)

    run = JobRun.objects.get()
    assert run.reason == Reason.TIMEOUT
    assert run.output_head.startswith(b"tidied up: timeout\nTraceback ")  # of where it stood


def test_a_command_in_its_own_process_may_trigger_other_jobs(declare, on_host, capfd, monkeypatch):
    """Inline in that process, and in the background from there. Their lines in the log are not its output."""
    monkeypatch.setenv("TRANSITIONS_LOG_LEVEL", "INFO")
    job = behaving(declare, "triggers_others")
    declare("inline", executor="inline")
    declare("child")
    on_host()

    fire(job)

    run = JobRun.objects.get(job_name=job.name)
    assert (run.state, run.output_head) == (State.SUCCEEDED, b"succeeded\nsucceeded\n")
    others = JobRun.objects.exclude(job_name=job.name)
    note = f"triggered by {job.name} {RECENT.isoformat()}"
    assert sorted(others.values_list("job_name", "state", "note")) == [
        ("child", State.SUCCEEDED, note),
        ("inline", State.SUCCEEDED, note),
    ]
    lines = re.findall(r"transitions: (\w+ job=\w+)", capfd.readouterr().err)
    for line in ("claimed job=inline", "finished job=inline", "claimed job=child", "started job=child"):
        assert lines.count(line) == 1


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
    """Contract 7: readable at most two seconds after it was written."""
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
    assert lines[0].split()[-4].endswith("jobs_api/subprocess_main.py")
    assert all("=" not in line and "secret" not in line for line in lines[:2])
    kinds = {line.split()[1].partition(":")[0] for line in lines[2:]}
    assert kinds <= {"pipe", "/dev/null", str(next(Path("/").glob("nowhere"), ""))} | {
        line.split()[1] for line in lines[2:] if "lane-" in line
    }

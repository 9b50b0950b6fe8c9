"""What is left to do is done before a process ends: by our commands early, by others at their exit."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import suppress

import pytest
from django.core.management import ManagementUtility

from jobs_api.execution import process_end


@pytest.fixture
def left(monkeypatch):
    """What was done, and how many seconds each thing had; the first thing breaks."""
    done = []

    def breaks():
        raise RuntimeError("a bug")

    def does():
        done.append(process_end.seconds_left(60))

    monkeypatch.setattr(process_end, "_left", [])
    monkeypatch.setattr(process_end, "_pids", set())
    monkeypatch.setattr("atexit.register", done.append)
    for function in (breaks, does, does):
        process_end.do_before(function)
    assert done == [process_end._do_it_late]
    done.clear()
    return done


COMMANDS = {"it succeeds": "jobs_list", "it fails": "jobs_show nobody", "it is wrong": "jobs_list --nonsense"}


@pytest.mark.django_db
@pytest.mark.parametrize("line", COMMANDS.values(), ids=COMMANDS)
def test_a_command_does_what_is_left_once_whatever_came_of_it(left, capsys, monkeypatch, line):
    """At the exit it would be too late for whatever needs a thread: Python 3.12 starts none there."""
    monkeypatch.setattr("django.setup", lambda: None)  # it would leave log handlers on this test's streams
    with suppress(SystemExit):
        ManagementUtility(["manage.py", *line.split()]).execute()
    assert len(left) == 1


def test_all_of_it_together_has_five_seconds(left, monkeypatch):
    monkeypatch.setattr(process_end, "SECONDS", 0.2)
    process_end.do_before(lambda: time.sleep(0.25))
    process_end.do_before(lambda: left.append(process_end.seconds_left(60)))
    process_end.do_it()
    before, after = left
    assert 0 < before <= 0.2
    assert after == 0.05  # what comes last is tried all the same
    assert process_end.seconds_left(60) == 60


def test_any_other_process_does_it_at_its_exit():
    script = """
import django
from django.conf import settings
settings.configure()
from jobs_api.execution import process_end
process_end.do_before(lambda: print("done"))
print("ends")
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ended.stdout.split() == ["ends", "done"]


@pytest.mark.parametrize(("version", "sends"), [((3, 11), True), ((3, 12), False), ((3, 13), True)])
def test_at_its_exit_one_python_starts_no_thread_so_nothing_can_be_sent(left, monkeypatch, version, sends):
    monkeypatch.setattr(process_end, "_late", False)
    monkeypatch.setattr("sys.version_info", (*version, 1, "final", 0))
    process_end.do_before(lambda: left.append(process_end.can_send()))
    process_end._do_it_late()
    assert left[-1] is sends


@pytest.mark.parametrize(("ago", "is_bound"), [(-60, True), (60, False)])  # not 0: a machine may be slow
def test_the_exit_right_after_a_commands_end_has_no_time_of_its_own(monkeypatch, ago, is_bound):
    """A channel that hangs would keep cron waiting twice."""
    left = []
    monkeypatch.setattr(process_end, "_left", [lambda: left.append(process_end.seconds_left(60))])
    monkeypatch.setattr(process_end, "_late", False)
    process_end.do_it(0)
    monkeypatch.setattr(process_end, "_done_at", process_end._done_at - ago)
    process_end._do_it_late()
    assert (left[1] == 0.05) is is_bound

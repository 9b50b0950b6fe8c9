"""The thread behind the heartbeat: one per process, there when it is needed, gone when it is not."""

import os
import subprocess
import sys
import threading

import pytest
from django.conf import settings

from jobs_api import runs
from jobs_api.models import JobRun
from tests.conftest import NOON
from tests.jobs_api.management.processes import environment

from .attempts import begun, eventually, heartbeat_threads, raising
from .beats import PAST, lease_of, running, watching_all

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_process_has_one_thread_for_all_its_runs(declare, heart):
    job = declare(overlap="allow")
    before = heartbeat_threads()
    with watching_all(heart, [running(job, NOON.replace(hour=hour)) for hour in range(5)]):
        assert len(heartbeat_threads() - before) == 1


def test_the_thread_ends_when_idle_and_comes_back_with_the_next_run(declare, heart):
    job = declare(overlap="allow")
    before = heartbeat_threads()
    with heart.watching(running(job)):
        (first,) = heartbeat_threads() - before
    first.join(10)
    beat = running(job, NOON.replace(hour=1))
    with heart.watching(beat):
        (second,) = heartbeat_threads() - before
        eventually(lambda: lease_of(beat) > PAST)
    assert first is not second


def test_a_thread_that_meets_something_unexpected_goes_on(declare, heart, monkeypatch):
    beat = running(declare())
    with heart.watching(beat):
        with monkeypatch.context() as patch:
            patch.setattr(runs, "renew", raising(RuntimeError("a bug")))
            eventually(lambda: heart.failing)
            JobRun.objects.update(lease_expires_at=PAST)
        eventually(lambda: lease_of(beat) > PAST)


def test_the_thread_does_not_keep_a_process_from_ending(declare, heart):
    with heart.watching(running(declare())):
        assert all(thread.daemon for thread in heartbeat_threads())


def test_many_runs_at_once_leave_nothing_behind(declare, heart):
    job = declare(overlap="allow")
    beats = [running(job, NOON.replace(minute=minute)) for minute in range(8)]
    together = threading.Barrier(8)

    def live(beat):
        together.wait(10)
        for _ in range(50):
            with heart.watching(beat):
                assert heart.holds(*beat.key)

    threads = [threading.Thread(target=live, args=[beat]) for beat in beats]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [run_id for run_id, _ in heart.attempts()] == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_has_a_heartbeat_of_its_own(declare):
    job = declare(overlap="allow")
    runs_of_two = [str(begun(job, NOON.replace(hour=hour)).run_id) for hour in (0, 1)]
    JobRun.objects.update(lease_expires_at=PAST)
    child = [sys.executable, "-m", "tests.jobs_api.execution.forking", *runs_of_two]
    done = subprocess.run(
        child, env=environment(), cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert not JobRun.objects.filter(lease_expires_at=PAST).exists()

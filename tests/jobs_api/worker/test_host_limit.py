"""Lanes: how many attempts a host runs at once, held by locks that end with their process."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from jobs_api.worker import host_limit


@pytest.fixture(autouse=True)
def own_home(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def test_there_are_so_many_lanes_and_no_more():
    where = host_limit.folder("shop")

    taken = [host_limit.acquire(where, 2) for _ in range(3)]

    assert [lane is not None for lane in taken] == [True, True, False]
    assert host_limit.is_full(where, 2)
    assert not host_limit.is_full(where, 3)
    for lane in filter(None, taken):
        os.close(lane)
    assert not host_limit.is_full(where, 2)


def test_each_project_has_lanes_of_its_own():
    lane = host_limit.acquire(host_limit.folder("shop"), 1)

    assert not host_limit.is_full(host_limit.folder("blog"), 1)
    os.close(lane)


def test_a_lane_is_free_when_its_process_is_killed_and_nothing_on_disk_decides():
    """Pain 8: a stale file blocks nothing."""
    where = host_limit.folder("shop")
    lane = host_limit.acquire(where, 1)
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=[lane])
    os.close(lane)
    assert host_limit.is_full(where, 1)

    child.kill()
    child.communicate()

    assert not host_limit.is_full(where, 1)
    assert (where / "lane-0").exists()


def test_the_holders_of_a_server_are_those_that_run_for_it_now():
    where = host_limit.folder("shop")
    ours, others, done = (host_limit.acquire(where, 3) for _ in range(3))
    host_limit.sign(ours, 111, 7)
    host_limit.sign(others, 222, 8)
    host_limit.sign(done, 333, 7)
    os.close(done)

    assert host_limit.holders(7) == [111]
    for lane in (ours, others):
        os.close(lane)


def test_a_lane_that_is_signed_anew_does_not_name_who_was_in_it_before():
    lane = host_limit.acquire(host_limit.folder("shop"), 1)
    host_limit.sign(lane, 123456, 7)
    host_limit.sign(lane, 99, 7)

    assert host_limit.holders(7) == [99]
    os.close(lane)


def test_a_lane_that_is_released_is_free_whoever_has_a_copy_of_it():
    """Pain 8: what a command has left behind holds up nobody."""
    where = host_limit.folder("shop")
    lane = host_limit.acquire(where, 1)
    copy = os.dup(lane)

    host_limit.release(lane)

    assert not host_limit.is_full(where, 1)
    os.close(copy)


def test_those_who_look_for_room_at_once_do_not_see_each_other(monkeypatch):
    where, lock, both = host_limit.folder("shop"), host_limit._lock, threading.Barrier(2, timeout=10)

    def lock_together(descriptor, how):
        locked = lock(descriptor, how)
        both.wait()
        return locked

    monkeypatch.setattr(host_limit, "_lock", lock_together)
    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(host_limit.is_full, [where] * 2, [1] * 2)) == [False, False]


@pytest.mark.parametrize("text", ["", "4711", "x y", "4711 7 7", "\xff 7", "1 7", "0 7", "-4711 7"])
def test_a_lane_that_names_no_process_has_no_holder(text):
    """What is read there is signalled, from a signal handler."""
    lane = host_limit.acquire(host_limit.folder("shop"), 1)
    os.write(lane, text.encode("latin-1"))

    assert host_limit.holders(7) == []
    os.close(lane)


def test_who_asks_for_holders_makes_no_folder(tmp_path):
    assert host_limit.holders(7) == []
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", ["another's", "another's link", "open to others"])
def test_a_folder_that_somebody_else_could_have_laid_is_not_used(tmp_path, kind, monkeypatch):
    lane = host_limit.acquire(host_limit.folder("shop"), 1)
    host_limit.sign(lane, 4711, 7)
    assert host_limit.holders(7) == [4711]
    home = host_limit.home()
    if kind == "open to others":
        home.chmod(0o777)
    elif kind == "another's link":
        home.rename(tmp_path / "elsewhere")
        home.symlink_to(tmp_path / "elsewhere")
    else:
        another = os.getuid() + 1
        home.rename(tmp_path / f"jobs_api-{another}")
        monkeypatch.setattr(os, "getuid", lambda: another)

    with pytest.raises(PermissionError, match="not this user's alone"):
        host_limit.home()
    assert host_limit.holders(7) == []
    os.close(lane)

"""Lanes: how many attempts a host runs at once, held by locks that end with their process."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

import pytest

from jobs_api import lanes


@pytest.fixture(autouse=True)
def own_home(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def test_there_are_so_many_lanes_and_no_more():
    where = lanes.folder("shop")

    taken = [lanes.acquire(where, 2) for _ in range(3)]

    assert [lane is not None for lane in taken] == [True, True, False]
    assert lanes.is_full(where, 2)
    assert not lanes.is_full(where, 3)
    for lane in filter(None, taken):
        os.close(lane)
    assert not lanes.is_full(where, 2)


def test_each_project_has_lanes_of_its_own():
    lane = lanes.acquire(lanes.folder("shop"), 1)

    assert not lanes.is_full(lanes.folder("blog"), 1)
    os.close(lane)


def test_a_lane_is_free_when_its_process_is_killed_and_nothing_on_disk_decides():
    """Pain 8: a stale file blocks nothing."""
    where = lanes.folder("shop")
    lane = lanes.acquire(where, 1)
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=[lane])
    os.close(lane)
    assert lanes.is_full(where, 1)

    child.kill()
    child.communicate()

    assert not lanes.is_full(where, 1)
    assert (where / "lane-0").exists()


def test_the_holders_of_a_server_are_those_that_run_for_it_now():
    where = lanes.folder("shop")
    ours, others, done = (lanes.acquire(where, 3) for _ in range(3))
    lanes.sign(ours, 111, 7)
    lanes.sign(others, 222, 8)
    lanes.sign(done, 333, 7)
    os.close(done)

    assert lanes.holders(7) == [111]
    for lane in (ours, others):
        os.close(lane)


def test_a_lane_that_is_signed_anew_does_not_name_who_was_in_it_before():
    lane = lanes.acquire(lanes.folder("shop"), 1)
    lanes.sign(lane, 123456, 7)
    lanes.sign(lane, 1, 7)

    assert lanes.holders(7) == [1]
    os.close(lane)


@pytest.mark.parametrize("kind", ["another's link", "open to others"])
def test_a_folder_that_somebody_else_could_have_laid_is_not_used(tmp_path, kind):
    home = tmp_path / f"jobs_api-{os.getuid()}"
    if kind == "open to others":
        home.mkdir()
        home.chmod(0o777)
    else:
        (tmp_path / "elsewhere").mkdir(mode=0o700)
        home.symlink_to(tmp_path / "elsewhere")

    with pytest.raises(PermissionError, match="not this user's alone"):
        lanes.home()

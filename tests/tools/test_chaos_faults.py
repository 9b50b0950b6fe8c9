"""The script of `make chaos`: it follows from its seed, and nothing is left out."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from tests.jobs_api.execution.attempts import eventually
from tools.chaos import ledger, network
from tools.chaos.faults import FAULTS, Script, chosen
from tools.chaos.host import clock
from tools.chaos.sources import plan
from tools.chaos.stage import Harm, Stage
from tools.chaos.toys import EXECUTORS, TOYS

BEGIN = datetime(2026, 11, 20, 11, 59, 50, tzinfo=UTC)


def script(seed: int, executors: set[str] = set(EXECUTORS)) -> list[str]:  # noqa: B006 - only read
    """The first three rounds of its order."""
    nobody: Any = None
    kinds = chosen(executors)
    made = Script(nobody, seed, kinds, report=print)
    return [fault.name for fault in islice(made._order(), 3 * len(kinds))]


def test_the_same_seed_gives_the_same_script_and_another_one_another() -> None:
    assert script(1) == script(1)
    assert script(1) != script(2)


def test_each_round_has_each_kind_once() -> None:
    names = script(1)
    assert sorted(names[: len(FAULTS)]) == sorted(fault.name for fault in FAULTS)


def test_without_celery_there_is_neither_a_worker_nor_a_broker_to_kill() -> None:
    assert not {name for name in script(1, {"inline"}) if "celery" in name or "broker" in name}


def test_every_job_gets_slots_in_the_time_that_there_is() -> None:
    planned = list(plan(TOYS, BEGIN, 15))
    assert {job for _, (job, _) in planned} == {toy.name for toy in TOYS}
    assert all((due - BEGIN).total_seconds() < 15 for due, _ in planned)
    assert len({slot for _, slot in planned}) == len(planned)


def test_a_slot_of_a_schedule_is_a_minute() -> None:
    slots = [slot for _, slot in plan(TOYS, BEGIN, 100) if slot[0] == "every_minute"]
    assert [run_date[11:19] for _, run_date in slots] == ["12:00:00", "12:01:00"]


def test_what_a_pen_writes_is_read_in_the_same_words(tmp_path: Path) -> None:
    pen = ledger.Pen(tmp_path / "ledger", "toy", BEGIN, 3)
    pen.note("start")
    pen.live(0.01)
    pen.close()
    first, second = ledger.read(tmp_path / "ledger")
    assert (first.job, first.run_date, first.attempt, first.event) == (
        "toy",
        ledger.instant(BEGIN),
        3,
        "start",
    )
    assert (second.event, second.pid) == ("alive", first.pid)
    assert first.at <= second.at


def test_a_harm_ends_when_its_time_is_over_and_all_end_when_it_settles() -> None:
    stage, ended = Stage.__new__(Stage), []
    stage.services = []
    soon, late = time.monotonic() - 1, time.monotonic() + 60
    stage.harms = [
        Harm("short", lambda: ended.append("short"), soon),
        Harm("long", lambda: ended.append("long"), late),
    ]
    stage.keep_up()
    assert ended == ["short"]
    stage.settle()
    assert ended == ["short", "long"]
    assert not stage.harms


def test_a_hosts_clock_is_wrong_while_its_file_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "clock"
    monkeypatch.setattr(timezone, "now", timezone.now)
    clock.follow(file)
    file.write_text("-3600")
    assert timedelta(minutes=59) < clock.right() - timezone.now() < timedelta(minutes=61)
    file.unlink()
    assert abs(clock.right() - timezone.now()) < timedelta(minutes=1)


def test_a_cut_route_swallows_what_is_sent_and_brings_no_error() -> None:
    made = network.made()
    if made is None:
        pytest.skip("no network namespace can be made here: that takes root and iproute2")
    try:
        answer = [
            sys.executable,
            "-c",
            "import socket; socket.create_server(('', 7777)).accept()[0].send(b'hello')",
        ]
        with subprocess.Popen(made.within(answer)) as server:
            made.cut()
            with pytest.raises(TimeoutError), socket.create_connection((made.inside, 7777), timeout=0.5):
                pass
            made.restore()
            assert eventually(lambda: _said(made.inside), seconds=60)
        assert server.returncode == 0
    finally:
        network.remove(made.name)


def _said(address: str) -> bool:
    try:  # patiently: the server hears one caller only
        with socket.create_connection((address, 7777), timeout=20) as connection:
            return connection.recv(5) == b"hello"
    except OSError:
        return False

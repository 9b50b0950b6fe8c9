"""The cost of a new interpreter for each attempt, step by step, beside a warm process that forks.

``python -m bench.attempt TASK ARGUMENTS``, as `bench.inside`, with the settings of the engines.
"""

from __future__ import annotations

import dataclasses
import json
import os
import resource
import statistics
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import django

django.setup()

from django.utils.dateparse import parse_datetime  # noqa: E402

from bench.client import run_dates  # noqa: E402
from bench.collector import Marks, collected  # noqa: E402
from bench.engines.marks import mark, now  # noqa: E402
from bench.steps import mark_begin  # noqa: E402
from jobs_api import registry  # noqa: E402
from jobs_api.executors import load  # noqa: E402
from jobs_api.executors import subprocess as executor  # noqa: E402
from jobs_api.registry.job import Job  # noqa: E402
from jobs_api.runs.types import Ending, Lease, Trigger  # noqa: E402
from jobs_api.triggers.dispatch import dispatch  # noqa: E402
from jobs_api.triggers.request import Request  # noqa: E402
from jobs_api.worker import delivery  # noqa: E402


@dataclasses.dataclass(frozen=True)
class Way:
    """One design: a way to give an attempt its own process."""

    submit: Callable[[Job, Lease], Ending | None]
    """As the executor's."""
    ended: Callable[[], float]
    """Wait until that process has ended; returns its CPU seconds, with all its child processes."""


def steps(number: str) -> dict[str, dict[str, float]]:
    """The median milliseconds of each step of that many attempts, of both kinds in turns."""
    measured: dict[str, list[dict[str, float]]] = {"fresh": [], "forked": []}
    executor.SCRIPT = Path(__file__).with_name("steps.py")
    with collected() as marks:
        os.environ.update(marks.variables)
        server = ForkServer()
        ways = {
            "fresh": Way(load("subprocess").submit, _reaped),
            "forked": Way(server.submit, server.ended),
        }
        slots = run_dates(back=timedelta(days=6))
        for _ in range(int(number) + 1):  # the first round warms the disk's cache
            for kind, way in ways.items():
                measured[kind].append(_attempt(way, next(slots), marks))
        return {kind: _medians(all_of[1:]) for kind, all_of in measured.items()} | {"memory": server.close()}


def _attempt(way: Way, slot: str, marks: Marks) -> dict[str, float]:
    setattr(load("subprocess"), "submit", way.submit)  # noqa: B010 - a method, for the type checker
    begun = now()
    _trigger(slot)
    collected_marks = marks.until("command")
    return {**_between(begun, collected_marks), "cpu": way.ended() * 1000}


def _medians(samples: list[dict[str, float]]) -> dict[str, float]:
    return {step: statistics.median(sample[step] for sample in samples) for step in samples[0]}


def _trigger(slot: str) -> None:
    at = parse_datetime(slot)
    assert at is not None
    result = dispatch(Request(registry.get("subprocess"), at, Trigger("command"), wait_own=0))
    if result.outcome != "accepted":
        raise SystemExit(f"The attempt was not started: {result}")


def _between(begun: float, marks: dict[str, float]) -> dict[str, float]:
    before, measured = begun, {"all": (marks["command"] - begun) * 1000}
    for name, at in marks.items():
        measured[name], before = (at - before) * 1000, at
    return measured


_spent = 0.0


def _reaped() -> float:
    global _spent
    for thread in threading.enumerate():
        if thread.name == "jobs_api-child":
            thread.join()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    before, _spent = _spent, used.ru_utime + used.ru_stime
    return _spent - before


class ForkServer:
    """The other design: a process that has loaded the project, and forks for each attempt."""

    def __init__(self) -> None:
        line = [sys.executable, "-m", "bench.attempt", "serve"]
        self._process = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._read()

    def submit(self, job: Job, lease: Lease) -> None:
        """As the executor's."""
        assert self._process.stdin
        self._process.stdin.write(f"{lease.run_id} {lease.attempt}\n")
        self._process.stdin.flush()

    def ended(self) -> float:
        """See `Way`."""
        return self._read()

    def _read(self) -> float:
        assert self._process.stdout
        return float(self._process.stdout.readline())

    def close(self) -> dict[str, float]:
        """End it; returns its resident memory in MiB, if the system reports it."""
        rollup = Path(f"/proc/{self._process.pid}/smaps_rollup")
        lines = rollup.read_text().splitlines()[1:] if rollup.exists() else []
        sizes = {line.split(":")[0].lower(): int(line.split()[1]) / 1024 for line in lines}
        self._process.communicate()
        return {kind: sizes[kind] for kind in ("rss", "pss") if kind in sizes}


def serve() -> float:
    """Run the fork server: an attempt for each line of input, and a line with its CPU when it has ended."""
    mark_begin()
    print(0.0, flush=True)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            mark("fork")
            delivery.deliver(*map(int, line.split()))
            os._exit(0)
        used = os.wait4(pid, 0)[2]
        print(used.ru_utime + used.ru_stime, flush=True)
    return 0.0


TASKS: dict[str, Callable[..., Any]] = {"steps": steps, "serve": serve}

if __name__ == "__main__":
    print(json.dumps(TASKS[sys.argv[1]](*sys.argv[2:])))

"""Some minutes of one system: it fires, a second source too, and the ledger tells what came of each slot."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

from tools.chaos.ledger import instant, read
from tools.chaos.services import Service
from tools.live.caller import eventually
from tools.live.place import running
from tools.schedulers.scene import DUE, Scene

SLOTS = 2
"""So many minutes: in each the second source is early for every other job, and in the next for the others."""
MINUTE = 60
CALM = 8
"""Seconds from the start of a system to its first slot, at least."""
FLUSHED = 75
"""Seconds after which it is on record what found its slot done."""
SECOND = "the-second"
"""How the second source names itself."""
RUN_DUE = "run_due"
STATES = {"tick_fails": "failed"}
"""What becomes of a job that does not succeed."""


class Exam:
    """One system that is tried."""

    def __init__(self, scene: Scene) -> None:
        self.scene, self.system = scene, scene.system
        self.wrong: list[str] = []
        self.minutes: list[int] = []
        """The slots, as Unix times."""
        self.runs: Counter[str] = Counter()
        """How many runs of the slots each source has started."""

    def expect(self, true: object, text: str) -> None:
        """Note what is wrong if it is not so."""
        if not true:
            self.wrong.append(text)

    def run(self, say: Callable[[str], None]) -> None:
        """All of it."""
        self.scene.manage("migrate", "--verbosity=0")
        with running(self.scene.web()), ExitStack() as stack:
            self.wrong += self.system.prepare(self.scene)
            services = [stack.enter_context(running(each, 60)) for each in self.system.services(self.scene)]
            children = _children(services) if self.system.steady else set()
            self.expect(children or not self.system.steady, "it has no child processes")
            say("fires")
            for turn, minute in enumerate(self._minutes()):
                self._second_source(turn, minute)
            say("the ledger")
            for each in services:
                self.expect(each.running, f"{each.name} has ended{_tail(self.scene, each)}")
            gone = children - _children(services)
            self.expect(not gone, f"{len(gone)} of its {len(children)} child processes have ended")
            self.wrong += self.system.afterwards(self.scene)
            self._compare()

    def _minutes(self) -> Iterator[int]:
        first = (int(time.time()) + CALM) // MINUTE * MINUTE + MINUTE
        self.minutes = [first + MINUTE * turn for turn in range(SLOTS)]
        yield from self.minutes

    def _second_source(self, turn: int, minute: int) -> None:
        """It is first for every other job, beside the system, and last for the others."""
        _until(minute)
        for job in self._raced(turn):
            self._trigger(job)
        _until(minute + self.system.late)
        for job in self._left(turn):
            self._trigger(job)

    def _raced(self, turn: int) -> tuple[str, ...]:
        return self.scene.jobs[turn % 2 :: 2]

    def _left(self, turn: int) -> tuple[str, ...]:
        """The jobs of which the system alone fires this slot in time."""
        return self.scene.jobs[(turn + 1) % 2 :: 2]

    def _trigger(self, job: str) -> None:
        answer = self.scene.caller.ask("POST", f"/api/jobs/{job}/run?source={SECOND}")
        # 202: it runs at this moment; 503: it failed, and is tried again later.
        good = (202, 500, 503) if job in STATES else (202, 200)
        self.expect(answer.status in good, f"{job}: the second source was answered {answer.status}")

    # -- what came of it ----------------------------------------------------------------------

    def _compare(self) -> None:
        """Each slot has one run that began once, and the system has started those that were left to it."""
        accounts = self._accounts()
        begun = Counter((event.job, event.run_date) for event in read(self.scene.ledger))
        for turn, minute in enumerate(self.minutes):
            for job in (*self.scene.jobs, *([DUE] if self.system.run_due else [])):
                slot = instant(datetime.fromtimestamp(minute, UTC))
                run = self._one_run(accounts, begun, job, slot)
                left = job == DUE or job in self._left(turn)
                if run and left:
                    own = run["source"] == self.system.source
                    self.expect(own, f"{job} {slot}: left to it, but run by {run['source'] or 'nobody'!r}")
        for job in () if self.system.by_run_due else self.scene.jobs:
            found = eventually(lambda job=job: self._fires(job), FLUSHED)
            self.expect(found, f"{job}: it has not triggered it")

    def _one_run(
        self, accounts: dict[str, Any], begun: Counter[tuple[str, str]], job: str, slot: str
    ) -> dict[str, Any] | None:
        runs = [run for run in accounts["runs"] if (run["job"], run["slot"]) == (job, slot)]
        if len(runs) != 1:
            self.wrong.append(f"{job} {slot}: {len(runs)} runs")
            return None
        (run,), due = runs, STATES.get(job, "succeeded")
        self.runs[run["source"]] += 1
        self.expect(run["state"] == due, f"{job} {slot}: is {run['state']}, not {due}: {run['error']}")
        self.expect(run["attempts"] == 1, f"{job} {slot}: {run['attempts']} attempts")
        self.expect(begun[job, slot] == 1, f"{job} {slot}: began {begun[job, slot]} times")
        return run

    def _accounts(self) -> dict[str, Any]:
        """What the database holds once all that is claimed has ended."""
        return dict(json.loads(self.scene.manage("accounts", "--wait=20")))

    def _fires(self, job: str) -> int:
        """How often it has triggered this job by its name, as far as that is on record."""
        accounts = self._accounts()
        own = {"job": job, "source": self.system.source}
        runs = [run for run in accounts["runs"] if own.items() <= run.items()]
        started = sum(run["trigger"] != RUN_DUE for run in runs)
        return started + sum(each["count"] for each in accounts["counts"] if own.items() <= each.items())


def _until(moment: float) -> None:
    while (left := moment - time.time()) > 0:
        time.sleep(left)


def _children(services: list[Service]) -> set[int]:
    return {child.pid for service in services for child in service.children()}


def _tail(scene: Scene, service: Service) -> str:
    log = scene.folder / f"{service.name}.log"
    return f": {log.read_text(errors='replace')[-800:]}" if log.exists() else ""

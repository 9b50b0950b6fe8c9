"""One run: sources send triggers, faults strike, everything settles, and the checker checks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tools.chaos import ledger, record, table
from tools.chaos.checker import Evidence, Slot, check
from tools.chaos.faults import Script, chosen
from tools.chaos.postgres import url
from tools.chaos.sources import NAMED, Asking, Hosts, Log, Naming, Planned, Source, now, plan
from tools.chaos.stage import Stage
from tools.chaos.toys import Toy


@dataclass(frozen=True, slots=True)
class Story:
    """One run of the chaos on running servers."""

    stage: Stage
    seed: int
    seconds: float
    """For how many seconds faults strike."""
    settle: float
    """How many seconds the slots may take to finish afterwards."""
    toys: tuple[Toy, ...]
    report: Callable[[str], None]
    only: str = ""
    """A part of the names of the faults to use."""

    def run(self) -> bool:
        """Run everything; returns whether nothing was violated."""
        slots, log = sorted(plan(self.toys, now(), self.seconds)), Log(answers=self.stage.answers)
        executors = {toy.executor for toy in self.toys}
        script = Script(self.stage, self.seed, chosen(executors, self.only), self.report)
        naming = [self._naming(name, slots, log) for name in ("first", "second")]
        with _firing([*naming, self._asking(log)]):
            script.play(self.seconds)
            self.stage.settle()
            self.report("all servers answer again; nothing is killed any more")
            self._await_end(naming, {slot for _, slot in slots if slot[0] not in NAMED})
        time.sleep(2)  # for attempts that might still begin although their slot is done
        evidence = self._evidence(slots, log)
        violations = check(evidence)
        print("\n" + table.report(script.struck, evidence, log, violations), flush=True)
        return not violations

    def _naming(self, name: str, slots: list[Planned], log: Log) -> Naming:
        return Naming(name, f"{name} {self.seed}", self._hosts(), log, slots)

    def _asking(self, log: Log) -> Asking:
        return Asking("third", f"third {self.seed}", self._hosts(), log)

    def _hosts(self) -> Hosts:
        return Hosts(self.stage.addresses, self.stage.secret)

    def _await_end(self, naming: list[Naming], unnamed: set[Slot]) -> None:
        """Wait until every slot is answered or recorded as done, at most `settle` seconds."""
        give_up = time.monotonic() + self.settle
        while waiting := {slot for source in naming for slot in list(source.waiting)} | self._undone(unnamed):
            if time.monotonic() > give_up:
                self.report(f"{len(waiting)} slots are still not done")
                return
            self.stage.keep_up()
            time.sleep(0.2)
        self.report("every slot was answered as done")

    def _undone(self, slots: set[Slot]) -> set[Slot]:
        """The slots that no source names and that have no success on record."""
        if not slots:
            return slots
        attempts = record.read(url(self.stage.folder))
        return slots - {(one.job, one.run_date) for one in attempts if one.state == "succeeded"}

    def _evidence(self, slots: list[Planned], log: Log) -> Evidence:
        events, attempts = ledger.read(self.stage.ledger), record.read(url(self.stage.folder))
        wanted = [slot for _, slot in slots]
        return Evidence.of(events, attempts, log.answers, self.toys, wanted, log.broken)


@contextmanager
def _firing(sources: list[Source]) -> Iterator[None]:
    """Run the sources in this context; they also end after an interrupt."""
    for source in sources:
        source.start()
    try:
        yield
    finally:
        for source in sources:
            source.stop()
        for source in sources:
            source.join()

"""Go through every interleaving of a scenario, or through some of it by chance; go through one again."""

from __future__ import annotations

import dataclasses
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from tools.explore.database import Store
from tools.explore.ledger import Ledger
from tools.explore.rules import Violation, check
from tools.explore.scenario import Scenario
from tools.explore.settling import settle
from tools.explore.threads import Seats
from tools.explore.world import Names, World

Said = Callable[[int, int], None]
Path = tuple[tuple[str, ...], Ledger]
"""Who goes on, one after another, and the ledger before the last of them."""


@dataclasses.dataclass(frozen=True, slots=True)
class Failure:
    """A rule that was broken, and how it came to that."""

    rule: str
    text: str
    path: tuple[str, ...]
    notes: tuple[tuple[str, str], ...]


@dataclasses.dataclass(slots=True)
class Report:
    """What was gone through."""

    states: int = 0
    worlds: int = 0
    """How often it began anew."""
    ends: int = 0
    """How many of them came to an end that was not seen before."""
    seconds: float = 0
    failure: Failure | None = None
    complete: bool = False
    """Whether nothing was left out."""


class Search:
    """One scenario; what was seen in it is kept over all its worlds."""

    def __init__(self, scenario: Scenario, store: Store, seats: Seats, *, prunes: bool = True) -> None:
        self.scenario, self.store, self.seats, self.prunes = scenario, store, seats, prunes
        self._names = Names()
        self._settled: set[object] = set()
        self._given: bytes | None = None

    @contextmanager
    def world(self) -> Iterator[World]:
        """A new one, as the scenario begins; all its threads have ended afterwards."""
        if self._given is None:
            self._given = self.scenario.prepare(self.store, self.seats)
        world = World(self.store, self.seats, self._names, self._given)
        self.scenario.cast(world)
        try:
            yield world
        finally:
            world.end()

    def step(self, world: World, name: str) -> None:
        """One step, and all rules after it."""
        world.step(name)
        check(world)

    def settle(self, world: World) -> None:
        """What run-due would make of it, unless that is known."""
        key = world.stored, self._names[0, world.ledger.key()[1:]]
        if key not in self._settled:
            self._settled.add(key)
            settle(world)

    def everything(self, *, states: int = 10**9, seconds: float = 1e9, say: Said | None = None) -> Report:
        """Every interleaving: depth first, each time from the start along a path that leads somewhere new."""
        report, begun, seen = Report(), time.monotonic(), set[object]()
        paths: list[Path] = [((), Ledger())]
        while paths and report.failure is None:
            if len(seen) >= states or time.monotonic() - begun > seconds:
                break
            with self.world() as world:
                report.worlds += 1
                report.failure = self._guarded(world, partial(self._follow, world, paths, seen, report))
            report.states = len(seen)
            if say and not report.worlds % 100:
                say(report.states, len(paths))
        report.seconds = time.monotonic() - begun
        report.complete = not paths and report.failure is None
        return report

    def _follow(self, world: World, paths: list[Path], seen: set[object], report: Report) -> None:
        """Along one path, then on into what was not seen before; the other ways from there are for later."""
        path, ledger = paths.pop()
        world.go_back_to(path[:-1], ledger)
        for name in path[-1:]:
            self.step(world, name)
        while True:
            state = world.state()
            if self.prunes and state in seen:
                return
            seen.add(state if self.prunes else len(seen))
            self.settle(world)
            names = world.enabled()
            if not names:
                report.ends += 1
                return
            paths.extend(((*world.path, name), world.ledger.copy()) for name in reversed(names[1:]))
            self.step(world, names[0])

    def by_chance(
        self, seed: int, *, walks: int = 10**9, seconds: float = 1e9, say: Said | None = None
    ) -> Report:
        """Walks from the start to an end, in which a seed decides who goes on."""
        report, begun, seen = Report(), time.monotonic(), set[object]()
        while report.worlds < walks and time.monotonic() - begun < seconds and report.failure is None:
            chance = random.Random(f"{self.scenario.name} {seed} {report.worlds}")
            with self.world() as world:
                report.worlds += 1
                report.failure = self._guarded(world, partial(self._stroll, world, chance, seen, report))
            report.states = len(seen)
            if say and not report.worlds % 100:
                say(report.states, report.worlds)
        report.seconds = time.monotonic() - begun
        return report

    def _stroll(self, world: World, chance: random.Random, seen: set[object], report: Report) -> None:
        while names := world.enabled():
            self.step(world, chance.choice(names))
            seen.add(world.state())
            self.settle(world)
        report.ends += 1

    def replay(self, path: Sequence[str]) -> tuple[Failure | None, tuple[tuple[str, str], ...]]:
        """One path again, and what was done in it."""
        with self.world() as world:
            failure = self._guarded(world, partial(self._along, world, path))
            return failure, tuple(world.notes)

    def _along(self, world: World, path: Sequence[str]) -> None:
        self._settled.clear()
        self.settle(world)
        for name in path:
            if name not in world.enabled():
                raise Violation("replay", f"{name} cannot go on after {len(world.path)} steps.")
            self.step(world, name)
            self.settle(world)

    def _guarded(self, world: World, go: Callable[[], None]) -> Failure | None:
        try:
            go()
        except Violation as found:
            return Failure(found.rule, found.text, tuple(world.path), tuple(world.notes))
        return None

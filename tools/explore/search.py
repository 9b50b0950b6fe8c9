"""Explore every interleaving of a scenario, or random ones; replay one."""

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

OnProgress = Callable[[int, int], None]
Path = tuple[tuple[str, ...], Ledger]
"""The names of the actors that take a step, in order, and the ledger before the last step."""


@dataclasses.dataclass(frozen=True, slots=True)
class Failure:
    """A broken rule and the steps that led to it."""

    rule: str
    text: str
    path: tuple[str, ...]
    notes: tuple[tuple[str, str], ...]


@dataclasses.dataclass(slots=True)
class Report:
    """What was explored."""

    states: int = 0
    worlds: int = 0
    """How many times the scenario was started."""
    ends: int = 0
    """How many of these reached an end that was new."""
    seconds: float = 0
    failure: Failure | None = None
    complete: bool = False
    """Whether everything was explored."""


class Search:
    """The exploration of one scenario; it remembers visited states over all its worlds."""

    def __init__(self, scenario: Scenario, store: Store, seats: Seats, *, prunes: bool = True) -> None:
        self.scenario, self.store, self.seats, self.prunes = scenario, store, seats, prunes
        self._names = Names()
        self._settled: set[object] = set()
        self._initial: bytes | None = None

    @contextmanager
    def world(self) -> Iterator[World]:
        """A new world at the start of the scenario; all its threads end afterwards."""
        if self._initial is None:
            self._initial = self.scenario.prepare(self.store, self.seats)
        world = World(self.store, self.seats, self._names, self._initial)
        self.scenario.cast(world)
        try:
            yield world
        finally:
            world.end()

    def step(self, world: World, name: str) -> None:
        """Take one step, then check all rules."""
        world.step(name)
        check(world)

    def settle(self, world: World) -> None:
        """Test what run-due alone makes of this state, unless it was tested already."""
        key = world.stored, self._names[0, world.ledger.key()[1:]]
        if key not in self._settled:
            self._settled.add(key)
            settle(world)

    def everything(
        self, *, states: int = 10**9, seconds: float = 1e9, on_progress: OnProgress | None = None
    ) -> Report:
        """Explore every interleaving depth first; each world goes from the start along a new path."""
        report, begun, visited = Report(), time.monotonic(), set[object]()
        paths: list[Path] = [((), Ledger())]
        while paths and report.failure is None:
            if len(visited) >= states or time.monotonic() - begun > seconds:
                break
            with self.world() as world:
                report.worlds += 1
                report.failure = self._guarded(world, partial(self._follow, world, paths, visited, report))
            report.states = len(visited)
            if on_progress and not report.worlds % 100:
                on_progress(report.states, len(paths))
        report.seconds = time.monotonic() - begun
        report.complete = not paths and report.failure is None
        return report

    def _follow(self, world: World, paths: list[Path], visited: set[object], report: Report) -> None:
        """Follow one path, then continue into new states; put the other branches aside for later."""
        path, ledger = paths.pop()
        world.go_back_to(path[:-1], ledger)
        for name in path[-1:]:
            self.step(world, name)
        while True:
            state = world.state()
            if self.prunes and state in visited:
                return
            visited.add(state if self.prunes else len(visited))
            self.settle(world)
            names = world.enabled()
            if not names:
                report.ends += 1
                return
            paths.extend(((*world.path, name), world.ledger.copy()) for name in reversed(names[1:]))
            self.step(world, names[0])

    def by_chance(
        self, seed: int, *, walks: int = 10**9, seconds: float = 1e9, on_progress: OnProgress | None = None
    ) -> Report:
        """Random walks from the start to an end; the seed decides who takes each step."""
        report, begun, visited = Report(), time.monotonic(), set[object]()
        while report.worlds < walks and time.monotonic() - begun < seconds and report.failure is None:
            chance = random.Random(f"{self.scenario.name} {seed} {report.worlds}")
            with self.world() as world:
                report.worlds += 1
                report.failure = self._guarded(world, partial(self._stroll, world, chance, visited, report))
            report.states = len(visited)
            if on_progress and not report.worlds % 100:
                on_progress(report.states, report.worlds)
        report.seconds = time.monotonic() - begun
        return report

    def _stroll(self, world: World, chance: random.Random, visited: set[object], report: Report) -> None:
        while names := world.enabled():
            self.step(world, chance.choice(names))
            visited.add(world.state())
            self.settle(world)
        report.ends += 1

    def replay(self, path: Sequence[str]) -> tuple[Failure | None, tuple[tuple[str, str], ...]]:
        """Repeat one path; returns its failure and the steps."""
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
        except Violation as violation:
            return Failure(violation.rule, violation.text, tuple(world.path), tuple(world.notes))
        return None

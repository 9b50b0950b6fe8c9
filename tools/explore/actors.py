"""Actors: threads that run real code turn by turn; and events that happen at some moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from jobs_api.runs.types import Ending, Lease
from tools.explore.hosts import Host
from tools.explore.threads import Seat

if TYPE_CHECKING:
    from tools.explore.world import World


class Gone(BaseException):
    """The world has ended, or this process was killed: the thread ends and sends no more statements."""


class Actor:
    """Runs `play` in a thread of its own, from one turn to the next."""

    def __init__(
        self,
        world: World,
        name: str,
        host: Host,
        play: Callable[[Actor], Any],
        *,
        ready: Callable[[], bool] | None = None,
        group: str = "",
        forces: bool = False,
    ) -> None:
        self.world, self.name, self.host, self.group, self.forces = world, name, host, group, forces
        self.started = self.done = self.dead = False
        self.result: Any = None
        self.error: BaseException | None = None
        self.doing = ""
        self.history = 0
        """A number for everything that it has read: together with the code this decides its next step."""
        self.loses_answer = False
        self.began_at, self.paused_at_first = world.store.now, world.paused
        """The time and the pauses when it began."""
        self._play, self._ready = play, ready
        self._read_clock, self._fresh = False, True
        self._seat: Seat | None = None

    # -- what the scheduler calls -------------------------------------------------------------

    @property
    def alive(self) -> bool:
        """Whether it is running: it has begun, and has neither ended nor been killed."""
        return self.started and not self.done and not self.dead

    @property
    def enabled(self) -> bool:
        """Whether it can take a step."""
        if self.done or self.dead:
            return False
        return self.started or self._ready is None or self._ready()

    def step(self) -> None:
        """Run it until its next turn or its end."""
        self.note_read(self.host.memory())
        with self.host.present():
            if self._seat is None:
                self.began_at, self.paused_at_first = self.world.store.now, self.world.paused
                self.started, self._seat = True, self.world.seats.take()
                self._seat.give(self._run, self)
            self._seat.go_on()

    def leave(self) -> None:
        """End it and give back its thread."""
        if self._seat is not None:
            if not self.done:
                self._seat.go_on()
            self.world.seats.leave(self._seat)

    def state(self) -> tuple[object, ...]:
        """Its state, for comparison."""
        return (
            *(self.started, self.done, self.dead, self.history, self.loses_answer),
            *(self.began_at if self.started else None, self.paused_at_first if self.started else None),
            self.host.memory(),
        )

    # -- what its thread calls ----------------------------------------------------------------

    def _run(self) -> None:
        try:
            self.result = self._play(self)
        except Gone:
            pass
        except BaseException as error:  # noqa: BLE001 - a rule reports it
            self.error = error
        self.done = True

    def turn(self, doing: str) -> None:
        """Wait for the scheduler.

        Code before its first statement belongs to the step of that statement, unless it has read the clock:
        nothing else there depends on other actors.
        """
        if self.world.over or self.dead:
            raise Gone
        fresh, self._fresh = self._fresh, False
        if not fresh or self._read_clock:
            self.doing = doing
            self._seat.wait()  # type: ignore[union-attr]
            if self.world.over or self.dead:
                raise Gone
        self.world.note(self.name, doing)

    def note_read(self, value: object) -> None:
        """Add a value that it has read to its history."""
        self.history = self.world.names[self.history, value]

    def clock(self) -> datetime:
        """Its host's clock."""
        self._read_clock = True
        read = self.world.clock(self.host.skew)
        self.note_read(read)
        return read

    def elapsed(self) -> float:
        """Its monotonic clock."""
        if self.world.measures_time:
            self._read_clock = True
            self.note_read(self.world.elapsed)
        return self.world.elapsed

    def fault(self) -> bool:
        """Whether the answer to its write is lost."""
        lost, self.loses_answer = self.loses_answer, False
        return lost

    def note_fact(self, name: str, first: Any, args: tuple[Any, ...], answer: Any) -> None:
        """Record the result that a transition reported."""
        self.world.facts.append((self, name, first, args, answer))

    def executor(self, name: str) -> Any:
        """The engine of this world."""
        return self.world.engine

    def command(self, job: Any, lease: Lease, current: Any, *args: Any, **named: Any) -> tuple[Ending, None]:
        """Replaces a command."""
        return self.world.command(self, job, lease, current)


class Happening:
    """Events in a fixed order; each can happen at any moment once its condition is true."""

    def __init__(self, name: str, *deeds: tuple[str, Callable[[], bool], Callable[[], None]]) -> None:
        self.name, self._deeds, self._next = name, deeds, 0
        self.group = ""

    @property
    def enabled(self) -> bool:
        """Whether the next event can happen now."""
        return self._next < len(self._deeds) and self._deeds[self._next][1]()

    @property
    def doing(self) -> str:
        """The name of the next event."""
        return self._deeds[self._next][0]

    def step(self) -> None:
        """Let the next event happen."""
        happen = self._deeds[self._next][2]
        self._next += 1
        happen()

    def leave(self) -> None:
        """Do nothing: it has no thread."""

    def state(self) -> tuple[object, ...]:
        """How many events have happened."""
        return (self._next,)

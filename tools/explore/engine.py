"""The background executor of a world: it takes a message, and a worker of the world carries it out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs_api.exceptions import NoRoom, SubmitFailed
from jobs_api.executors import Executor
from jobs_api.registry.job import Job
from jobs_api.runs.types import Lease

if TYPE_CHECKING:
    from tools.explore.world import World


class Engine(Executor):
    """Not a copy of any engine: what they have in common."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.messages: list[tuple[int, int]] = []
        self.room: int | None = None
        """How many attempts the host has room for; None: any number."""
        self.busy = 0
        self.breaks = 0
        """How many submits fail."""

    def key(self) -> tuple[object, ...]:
        """As a state is compared by it."""
        return tuple(self.messages), self.busy, self.breaks

    def full(self) -> bool:
        """Whether there is no room."""
        full = self.room is not None and self.busy >= self.room
        self._tell(full)
        return full

    def submit(self, job: Job, lease: Lease) -> None:
        """Take a message."""
        if self.full():
            raise NoRoom
        self._tell(self.breaks)
        if self.breaks:
            self.breaks -= 1
            raise SubmitFailed("The engine does not answer.")
        self.busy += 1
        self.messages.append((lease.run_id, lease.attempt))

    def _tell(self, seen: object) -> None:
        from tools.explore.hosts import party

        party().saw(seen)

    def take(self) -> tuple[int, int]:
        """The next message."""
        self._tell(self.messages[0])
        return self.messages.pop(0)

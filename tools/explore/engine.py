"""The background executor of a world: it takes messages, and workers of the world execute them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs_api.exceptions import NoRoom, SubmitFailed
from jobs_api.executors import Executor
from jobs_api.registry.job import Job
from jobs_api.runs.types import Lease

if TYPE_CHECKING:
    from tools.explore.world import World


class Engine(Executor):
    """Not a copy of a real engine: it does what all engines have in common."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.messages: list[tuple[int, int]] = []
        self.room: int | None = None
        """For how many attempts the host has room; None: any number."""
        self.busy = 0
        self.breaks = 0
        """How many of the next submits fail."""

    def key(self) -> tuple[object, ...]:
        """The value by which states are compared."""
        return tuple(self.messages), self.busy, self.breaks

    def full(self) -> bool:
        """Whether the host has no room."""
        full = self.room is not None and self.busy >= self.room
        self._note_read(full)
        return full

    def submit(self, job: Job, lease: Lease) -> None:
        """Accept a message."""
        if self.full():
            raise NoRoom
        self._note_read(self.breaks)
        if self.breaks:
            self.breaks -= 1
            raise SubmitFailed("The engine does not answer.")
        self.busy += 1
        self.messages.append((lease.run_id, lease.attempt))

    def _note_read(self, value: object) -> None:
        from tools.explore.hosts import party

        party().note_read(value)

    def take(self) -> tuple[int, int]:
        """Remove and return the next message."""
        self._note_read(self.messages[0])
        return self.messages.pop(0)

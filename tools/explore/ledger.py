"""Facts that are not stored: which commands are alive, and what was done, answered and requested so far."""

from __future__ import annotations

import dataclasses
from datetime import datetime


@dataclasses.dataclass(slots=True)
class Life:
    """A command that is running: its process is alive."""

    run: int
    attempt: int
    job: str
    exclusive: bool
    until: datetime
    """The latest lease deadline that it got."""

    def key(self) -> tuple[object, ...]:
        """The value by which states are compared."""
        return self.run, self.attempt, self.until


@dataclasses.dataclass(slots=True)
class Ledger:
    """Grows with each step of a world; the order of its entries may be what breaks a rule."""

    lives: dict[object, Life] = dataclasses.field(default_factory=dict)
    """Running commands, by the name of their actor."""
    begun: dict[int, tuple[int, ...]] = dataclasses.field(default_factory=dict)
    """For each run, the attempts whose command was started, in that order."""
    done: frozenset[int] = frozenset()
    """Runs that have succeeded and were not ordered again since then."""
    unwanted: frozenset[int] = frozenset()
    """Runs whose cancel was acknowledged and that were not ordered again since then."""
    ended: frozenset[int] = frozenset()
    """Runs that have been in an end state at some time."""

    def key(self) -> tuple[object, ...]:
        """The value by which states are compared; the actors' own states contain who runs which command."""
        lives = sorted(life.key() for life in self.lives.values())  # type: ignore[type-var]
        begun = tuple(sorted(self.begun.items()))
        return tuple(lives), begun, self.done, self.unwanted, self.ended

    def copy(self) -> Ledger:
        """A copy, so that the search can continue from here and come back."""
        lives = {name: dataclasses.replace(life) for name, life in self.lives.items()}
        return dataclasses.replace(self, lives=lives, begun=dict(self.begun))

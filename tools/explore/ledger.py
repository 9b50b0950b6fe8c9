"""What happened, beside what is stored: which commands live, what was done, answered and asked for."""

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
    """The last deadline that was granted to it."""

    def key(self) -> tuple[object, ...]:
        """As a state is compared by it."""
        return self.run, self.attempt, self.until


@dataclasses.dataclass(slots=True)
class Ledger:
    """Grows while a world goes on; what breaks a rule may be the order in which things got here."""

    lives: dict[object, Life] = dataclasses.field(default_factory=dict)
    """By who runs it."""
    begun: dict[int, tuple[int, ...]] = dataclasses.field(default_factory=dict)
    """The attempts of each run whose command was started, in that order."""
    done: frozenset[int] = frozenset()
    """Runs that have succeeded, and that nobody has ordered again since."""
    unwanted: frozenset[int] = frozenset()
    """Runs of which a cancel was acknowledged, and that nobody has ordered again since."""
    ended: frozenset[int] = frozenset()
    """Runs that were seen at an end at some time."""

    def key(self) -> tuple[object, ...]:
        """As a state is compared by it; who runs what is known from the actors."""
        lives = sorted(life.key() for life in self.lives.values())  # type: ignore[type-var]
        begun = tuple(sorted(self.begun.items()))
        return tuple(lives), begun, self.done, self.unwanted, self.ended

    def copy(self) -> Ledger:
        """To go on from here and come back."""
        lives = {who: dataclasses.replace(life) for who, life in self.lives.items()}
        return dataclasses.replace(self, lives=lives, begun=dict(self.begun))

"""The toy jobs: the host declares them, the sources trigger them, the checker checks them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Toy:
    """One job of the host."""

    name: str
    executor: str
    every: float
    """Seconds between two slots that the sources name; 0: a schedule of every minute."""
    lasts: tuple[float, float]
    """The shortest and the longest run, in seconds."""
    exclusive: bool = False
    fails: float = 0
    """The share of a slot's first two attempts that fail (0 to 1)."""
    named: bool = True
    """Whether sources name its slots; otherwise only run-due starts them."""


TOYS = (
    Toy("quick_inline", "inline", 2.5, (0.1, 0.5)),
    Toy("long_inline", "inline", 6, (2, 4)),
    Toy("lone_inline", "inline", 4, (0.3, 1.5), exclusive=True),
    Toy("quick_subprocess", "subprocess", 4, (0.1, 0.5)),
    Toy("long_subprocess", "subprocess", 8, (2, 4)),
    Toy("lone_subprocess", "subprocess", 5, (0.3, 1.5), exclusive=True),
    Toy("quick_celery", "celery", 2, (0.1, 0.5)),
    Toy("long_celery", "celery", 5, (2, 4)),
    Toy("lone_celery", "celery", 4, (0.3, 1.5), exclusive=True),
    Toy("flaky_celery", "celery", 4, (0.1, 0.3), fails=0.4),
    Toy("every_minute", "celery", 0, (1, 2), exclusive=True),
    Toy("only_due", "inline", 0, (0.2, 1), exclusive=True, named=False),
)


EXECUTORS = tuple(sorted({toy.executor for toy in TOYS}))


def chosen(executors: set[str]) -> tuple[Toy, ...]:
    """The toys of these executors."""
    return tuple(toy for toy in TOYS if toy.executor in executors)

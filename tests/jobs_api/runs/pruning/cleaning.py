"""What processes of their own do: clean up, and die at it."""

from __future__ import annotations

import os
import signal
from datetime import datetime
from pathlib import Path

from jobs_api.runs import pruning


def clean_up(number: int, before: str, directory: str) -> None:
    """Batches of different lengths, so that they overlap."""
    pruning.prune(datetime.fromisoformat(before), batch=4 + number % 3, archive=Path(directory))


def die_at_the_name(number: int, before: str, directory: str) -> None:
    """The first dies with a whole file that has no name yet, the second with one that has it."""
    name_it = pruning._name

    def die(half_done: Path, target: Path) -> None:
        if number:
            name_it(half_done, target)
        os.kill(os.getpid(), signal.SIGKILL)

    pruning._name = die
    clean_up(number, before, directory)

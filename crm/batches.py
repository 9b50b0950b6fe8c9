"""Work through a long list in steps that can be watched and stopped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from jobs_api import current_run

T = TypeVar("T")


def in_batches(items: Sequence[T], size: int = 500) -> Iterator[Sequence[T]]:
    """Slices of `items`; tells the run how far it is, and ends it between two of them if asked to."""
    run, total = current_run(), len(items)
    run.progress(0, total)
    for start in range(0, total, size):
        run.check()
        yield items[start : start + size]
        run.progress(min(start + size, total), total)

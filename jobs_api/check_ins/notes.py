"""What is noted of an attempt on its way: an append, and nothing is computed."""

from __future__ import annotations

import dataclasses
import time
from datetime import datetime

OUTPUT_BYTES = 10_000
"""How much of a failed attempt's output is kept for its check-in."""


@dataclasses.dataclass(frozen=True, slots=True)
class Note:
    """That an attempt has begun, or how it ended."""

    job: str
    run: int
    run_date: datetime
    attempt: int
    started_at: datetime
    finished_at: datetime | None = None
    """None: it has begun."""
    state: str = ""
    reason: str = ""
    error: str = ""
    output: bytes = b""
    noted: float = dataclasses.field(default_factory=time.monotonic, compare=False)
    """When, by this process's monotonic clock."""


def last_part(output: tuple[bytes, bytes, int]) -> bytes:
    """The end of an output that is kept as its first and last part."""
    first, last, _ = output
    whole = last if len(last) >= OUTPUT_BYTES else first[-OUTPUT_BYTES:] + last
    return whole[-OUTPUT_BYTES:]

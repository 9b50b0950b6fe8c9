"""Threads of this process that wait for somebody else: for a run to end, for a body that comes slowly.

Only so many may do so at once: the others go on serving, above all health checks and duplicates.
"""

from __future__ import annotations

import os
import threading


class Room:
    """Counts them."""

    def __init__(self) -> None:
        self.threads: int | None = None
        """How many threads serve requests here, where that is known: half of them are never kept."""
        self.forget()

    def forget(self) -> None:
        """As in a fresh process: a fork copies none of the threads that are counted."""
        self._lock = threading.Lock()
        self._kept = 0

    def enter(self, limit: int, *, spare: int = 0) -> bool:
        """Take a place, to be given back by `leave`; False at once where all are taken.

        Args:
            spare: so many are left to others, but for the only one.
        """
        if self.threads is not None:
            limit = min(limit, max(self.threads // 2, 1))
        if limit > 1:
            limit = max(limit - spare, 1)
        with self._lock:
            if self._kept >= limit:
                return False
            self._kept += 1
            return True

    def leave(self) -> None:
        """Give a place back."""
        with self._lock:
            self._kept -= 1


room = Room()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=room.forget)

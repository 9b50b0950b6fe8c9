"""The actors' threads: created once and used by one actor after another, as there are thousands of worlds."""

from __future__ import annotations

import _thread
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connections

from tools.explore import database
from tools.explore.database import Connection, Store
from tools.explore.hosts import here


class Seat:
    """One thread with its own connection; either the thread or the scheduler runs, never both."""

    def __init__(self, store: Store) -> None:
        self._go, self._back = _thread.allocate_lock(), _thread.allocate_lock()
        self._go.acquire()
        self._back.acquire()
        self._play: Callable[[], None] | None = None
        self.connection: Connection
        self._store = store
        self._thread = threading.Thread(target=self._sit, daemon=True, name="explore-actor")
        self._thread.start()

    def give(self, play: Callable[[], None], party: object) -> None:
        """Give the thread to an actor, which begins with the first `go_on`."""
        self._play, self._party = play, party

    def go_on(self) -> None:
        """Called by the scheduler: returns when the actor waits or has ended."""
        self._go.release()
        self._back.acquire()

    def wait(self) -> None:
        """Called by the actor: returns when it may continue."""
        self._back.release()
        self._go.acquire()

    def end(self) -> None:
        """End the thread, which no actor uses."""
        self._play = None
        self._go.release()
        self._thread.join()

    def _sit(self) -> None:
        connection = database.connect(self._store, None)
        self._go.acquire()
        while self._play is not None:
            here.party = connection.party = self._party
            connection.renew()
            self._play()
            self.wait()
        del connections[database.ALIAS]


class Seats:
    """All threads; a free one is used again."""

    def __init__(self, store: Store) -> None:
        self._store, self._free, self._all = store, list[Seat](), list[Seat]()

    def take(self) -> Seat:
        """A free thread."""
        if not self._free:
            self._free.append(Seat(self._store))
            self._all.append(self._free[-1])
        return self._free.pop()

    def leave(self, seat: Seat) -> None:
        """Mark a thread as free again."""
        self._free.append(seat)

    def end(self) -> None:
        """End all threads."""
        for seat in self._all:
            seat.end()


@contextmanager
def seats(store: Store) -> Iterator[Seats]:
    """Threads for the actors of several searches; all end afterwards."""
    made = Seats(store)
    try:
        yield made
    finally:
        made.end()

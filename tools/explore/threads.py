"""The actors' threads: made once, lent to one actor after another, as worlds are made by the thousand."""

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
    """One thread with a connection of its own; exactly one of it and the scheduler goes on at a time."""

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
        """Let an actor have it, which begins with the first `go_on`."""
        self._play, self._party = play, party

    def go_on(self) -> None:
        """The scheduler's: return when the actor waits, or has ended."""
        self._go.release()
        self._back.acquire()

    def wait(self) -> None:
        """The actor's: return when it may go on."""
        self._back.release()
        self._go.acquire()

    def end(self) -> None:
        """Let the thread end; no actor has it."""
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
    """All of them; whoever leaves makes room for the next."""

    def __init__(self, store: Store) -> None:
        self._store, self._free, self._all = store, list[Seat](), list[Seat]()

    def take(self) -> Seat:
        """A free one."""
        if not self._free:
            self._free.append(Seat(self._store))
            self._all.append(self._free[-1])
        return self._free.pop()

    def leave(self, seat: Seat) -> None:
        """It is free again."""
        self._free.append(seat)

    def end(self) -> None:
        """Let all threads end."""
        for seat in self._all:
            seat.end()


@contextmanager
def seats(store: Store) -> Iterator[Seats]:
    """Threads for the actors of one search after another; none is left afterwards."""
    made = Seats(store)
    try:
        yield made
    finally:
        made.end()

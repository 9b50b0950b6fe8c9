"""What if everything dies now? From every reached state, run-due alone must bring every run to its end.

Only the database is left, with new hosts whose run-due is called from time to time.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connections

from jobs_api.runs.types import Trigger
from jobs_api.schedule.slots import current_slot
from jobs_api.triggers import due
from jobs_api.worker import delivery
from tools.explore import database
from tools.explore.hosts import Host, here
from tools.explore.rules import Violation, check
from tools.explore.world import Row, World

LEASES_OVER = 3700
CALLS = 3


class Aftermath:
    """The caller of run-due. It needs no turns, because nothing else is running."""

    name, forces, error, done, dead, result = "run-due", False, None, False, False, None

    def __init__(self, world: World, host: Host) -> None:
        self.world, self.host = world, host
        self.began_at, self.paused_at_first = world.store.now, world.paused

    def turn(self, doing: str) -> None:
        """Check the rules between any two of its statements."""
        self.world.look()
        check(self.world)
        self.world.facts.clear()
        self.world.note(self.name, doing)

    def note_read(self, value: object) -> None:
        """Do nothing: its states are not compared."""

    def fault(self) -> bool:
        """No answer is lost."""
        return False

    def clock(self) -> datetime:
        """Its host's clock."""
        return self.world.clock(self.host.skew)

    def elapsed(self) -> float:
        """Its monotonic clock."""
        return self.world.elapsed

    def note_fact(self, name: str, first: Any, args: tuple[Any, ...], answer: Any) -> None:
        """Record the result that a transition reported."""
        self.world.facts.append((self, name, first, args, answer))  # type: ignore[arg-type]

    def executor(self, name: str) -> Any:
        """The engine of this world."""
        return self.world.engine

    def command(self, job: Any, lease: Any, current: Any, *args: Any, **named: Any) -> Any:
        """Replaces a command."""
        return self.world.command(self, job, lease, current)  # type: ignore[arg-type]

    def call(self) -> None:
        """Call run-due once, and execute everything that it has submitted."""
        with self.host.present():
            if due.run_due(Trigger("run_due"), seconds=0).errors:
                raise Violation("no_actor_breaks", "run-due could not start a slot.")
            engine = self.world.engine
            while engine.messages:
                delivery.deliver(*engine.take(), isolated=False)
                engine.busy -= 1


def settle(world: World) -> None:
    """Continue from here with run-due alone, check the rules and the final rows, and restore the world.

    Raises:
        Violation: a rule is broken, or a run has not ended.
    """
    store, engine = world.store, world.engine
    kept = store.save(), store.now, world.elapsed, world.ledger, world.actor, world.facts, len(world.notes)
    queue = engine.messages, engine.busy, engine.room, engine.breaks, world.command_fails
    engine.messages, engine.busy, engine.room, engine.breaks = [], 0, None, 0
    world.ledger, world.facts, world.command_fails = world.ledger.copy(), [], lambda lease: False
    world.ledger.lives = {}
    try:
        _go_on(world)
    finally:
        here.party = None
    saved, store.now, world.elapsed, world.ledger, world.actor, world.facts, length = kept
    engine.messages, engine.busy, engine.room, engine.breaks, world.command_fails = queue
    del world.notes[length:]
    store.restore(saved)
    world.forget()


def _go_on(world: World) -> None:
    before = connections[database.ALIAS]
    for host in world.aftermath:
        host.beats, host.drains, host.heard = {}, None, None
        host.known = set()
    try:
        for call in range(CALLS):
            world.pass_by(LEASES_OVER if call == 0 else _until_tomorrow(world))
            for host in world.aftermath:
                here.party = world.actor = party = Aftermath(world, host)  # type: ignore[assignment]
                database.connect(world.store, party)
                world.note(party.name, f"calls run-due of {host.name} at {world.store.now}")
                party.call()
                party.turn("")
            if call and not list(_unsettled(world)):
                return
    finally:
        connections[database.ALIAS] = before
    for text in _unsettled(world):
        raise Violation("everything_comes_to_its_end", text)


def _until_tomorrow(world: World) -> float:
    now = world.store.now
    return ((now + timedelta(days=1)).replace(hour=6, minute=0) - now).total_seconds()


def _unsettled(world: World) -> Iterator[str]:
    """The runs that have not ended, and the slots that were not started."""
    paused = {name for _, name in world.paused}
    for row in world.rows.values():
        job = world.jobs.get(row.job)
        late = job is not None and job.expires is not None and _age(world, row) > job.expires
        waits = row.held or row.state == "queued" or (row.next is not None and not late)
        if waits and row.job not in paused and job:
            yield f"Run {row.id} of {row.job} is {row.state}, and nothing will end it."
    for host in world.aftermath:
        yield from _muted(world, host, paused)


def _age(world: World, row: Row) -> float:
    return (world.store.now - row.run_date).total_seconds()


def _muted(world: World, host: Host, paused: set[str]) -> Iterator[str]:
    at = world.store.now.replace(tzinfo=UTC)
    for job in host.jobs.values():
        newest = current_slot(job.slots, at, early=False) if job.schedule and job.name not in paused else None
        if newest is None:
            continue
        stored = newest.astimezone(UTC).replace(tzinfo=None)
        found = [row.state for row in world.rows.values() if (row.job, row.run_date) == (job.name, stored)]
        if found != ["succeeded"]:
            yield f"{job.name} is due since {stored} on {host.name}, and is {found or 'not started'}."

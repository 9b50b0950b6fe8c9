"""A world: a database, hosts, actors, and what has happened so far. The search takes its steps."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from jobs_api.exceptions import RunStopped
from jobs_api.execution import endings
from jobs_api.models import State
from jobs_api.registry.job import Job
from jobs_api.runs.types import Ending, Lease
from tools.explore.actors import Actor, Happening
from tools.explore.database import Store
from tools.explore.engine import Engine
from tools.explore.hosts import Host
from tools.explore.ledger import Ledger, Life
from tools.explore.threads import Seats

START = datetime(2026, 11, 20, 12, 0)  # noqa: DTZ001 - as SQLite has it
RUNS = "jobs_api_jobrun"


class Names(defaultdict[tuple[int, object], int]):
    """A number for each value; equal numbers mean equal values, not only equal hashes."""

    def __missing__(self, key: tuple[int, object]) -> int:
        self[key] = number = len(self) + 1
        return number


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """The columns of a run that the rules need; instants are in UTC, as SQLite stores them."""

    id: int
    job: str
    run_date: datetime
    attempt: int
    state: str
    reason: str
    tries: int
    held_job: str | None
    lease: datetime | None
    next: datetime | None
    cancel_requested: datetime | None
    trigger: str

    @property
    def held(self) -> bool:
        """Whether an attempt holds the run."""
        return self.state in ("claimed", "running")


COLUMNS = (
    "id, job_name, run_date, attempt, state, reason, tries, held_job, lease_expires_at, next_attempt_at,"
    " cancel_requested_at, trigger"
)


class World:
    """Everything that is part of a state."""

    def __init__(self, store: Store, seats: Seats, names: Names, initial: bytes | None = None) -> None:
        self.store, self.seats, self.names = store, seats, names
        store.restore(initial)
        store.now, self.elapsed = START, 1000.0
        self.over = False
        self.parties: dict[str, Actor | Happening] = {}
        self.engine = Engine(self)
        self.aftermath: list[Host] = []
        """Hosts whose run-due is called after all others have died."""
        self.ledger = Ledger()
        self.facts: list[tuple[Actor, str, Any, tuple[Any, ...], Any]] = []
        self.notes: list[tuple[str, str]] = []
        self.path: list[str] = []
        self.command_fails: Callable[[Lease], bool] = lambda lease: False
        self.measures_time = False
        """Whether monotonic clocks run; they stand still in scenarios that do not depend on them."""
        self.loses_answers = False
        """Whether answers of the database may be lost."""
        self.command_checks = False
        """Whether the command calls `current_run().check()` before it ends."""
        self.rows: dict[int, Row] = {}
        self.before: dict[int, Row] = {}
        self.superseded: dict[int, tuple[int, ...]] = {}
        self._pauses: list[tuple[int, str, datetime | None]] = []
        self.actor: Actor | None = None
        """The actor of the last step; None for an event."""
        self._tables, self._changes = 0, -1
        self.look()

    # -- who is in it -------------------------------------------------------------------------

    def add(self, name: str, host: Host, play: Callable[[Actor], Any], **named: Any) -> Actor:
        """Add an actor."""
        self.parties[name] = actor = Actor(self, name, host, play, **named)
        return actor

    def happen(self, name: str, *deeds: tuple[str, Callable[[], bool], Callable[[], None]]) -> None:
        """Add events in this order."""
        self.parties[name] = Happening(name, *deeds)

    @property
    def jobs(self) -> dict[str, Job]:
        """The jobs as the first host declares them."""
        return self.aftermath[0].jobs

    def enabled(self) -> list[str]:
        """The names of all who can take a step."""
        return [name for name, party in self.parties.items() if party.enabled]

    # -- its clocks ---------------------------------------------------------------------------

    def clock(self, skew: float) -> datetime:
        """A host's clock."""
        return self.store.now.replace(tzinfo=UTC) + timedelta(seconds=skew)

    def pass_by(self, seconds: float) -> None:
        """Let time pass on all clocks."""
        self.store.now += timedelta(seconds=seconds)
        self.elapsed += max(seconds, 0) if self.measures_time else 0

    # -- going on -----------------------------------------------------------------------------

    def step(self, name: str) -> None:
        """Let one actor or event take a step, then read the stored rows."""
        self._go_on(name)
        self.look()

    def _go_on(self, name: str) -> None:
        party = self.parties[name]
        self.path.append(name)
        self.facts.clear()
        self.actor = party if isinstance(party, Actor) else None
        if self.actor is None:
            self.note(name, party.doing)
        party.step()

    def go_back_to(self, path: Sequence[str], ledger: Ledger) -> None:
        """Repeat a path whose rules were checked before and whose ledger is known."""
        for name in path:
            self._go_on(name)
        self.ledger = ledger
        self.forget()

    def forget(self) -> None:
        """Read the stored rows again, even if nothing seems to have changed."""
        self._changes = -1
        self.look()

    def look(self) -> None:
        """Read the stored rows."""
        self.before = self.rows
        if self.store.raw.total_changes == self._changes:
            return
        self._changes = self.store.raw.total_changes
        read = self.store.read
        self.rows = {row[0]: Row(*row) for row in read(f"SELECT {COLUMNS} FROM {RUNS}")}  # noqa: S608
        numbers: dict[int, list[int]] = defaultdict(list)
        for run, attempt in read("SELECT run_id, attempt FROM jobs_api_jobattempt ORDER BY attempt"):
            numbers[run].append(attempt)
        self.superseded = {run: tuple(found) for run, found in numbers.items()}
        self._pauses = list(read("SELECT id, job_name, until FROM jobs_api_jobpause WHERE ended_at IS NULL"))
        tables = [tuple(read(f"SELECT * FROM {table} ORDER BY 1")) for table in self._stored_in()]  # noqa: S608
        self._tables = self.names[0, tuple(tables)]

    def _stored_in(self) -> Iterator[str]:
        found = self.store.read("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        return (name for (name,) in found if name.startswith("jobs_api_"))

    @property
    def paused(self) -> frozenset[tuple[int, str]]:
        """The pauses that are in force, and their jobs."""
        now = self.store.now
        return frozenset((pk, job) for pk, job, until in self._pauses if until is None or now < until)

    def note(self, name: str, doing: str) -> None:
        """Add a line to the trace of a failure."""
        self.notes.append((name, doing))

    @property
    def may_be_late(self) -> bool:
        """Whether the database may answer an actor too late: its caller gets a 503 and tries again."""
        return self.measures_time or self.loses_answers

    @property
    def stored(self) -> tuple[object, ...]:
        """The tables and the clock: all that is left after everything has died."""
        return self._tables, self.store.now

    def state(self) -> tuple[object, ...]:
        """Everything that decides what can happen next, and whether it would break a rule.

        Actors of one group are interchangeable: they run the same on hosts of the same name.
        """
        single: list[object] = []
        groups: dict[str, list[int]] = defaultdict(list)
        for party in self.parties.values():
            number = self.names[0, party.state()]
            if party.group:
                groups[party.group].append(number)
            else:
                single.append(number)
        like = tuple((group, tuple(sorted(numbers))) for group, numbers in groups.items())
        engine, ledger = self.names[0, self.engine.key()], self.names[0, self.ledger.key()]
        return self._tables, self.store.now, self.elapsed, engine, ledger, tuple(single), like

    def end(self) -> None:
        """End all threads; further statements of theirs do not reach the database."""
        self.over = True
        for party in self.parties.values():
            party.leave()

    # -- what lives in it ---------------------------------------------------------------------

    def kill(self, host: Host) -> None:
        """SIGKILL: nothing on this host continues, and nothing is cleaned up."""
        for party in self.parties.values():
            if isinstance(party, Actor) and party.host is host and not party.done:
                party.dead = True
                self.ledger.lives.pop(party.name, None)
        host.beats = {}

    def command(self, actor: Actor, job: Job, lease: Lease, current: Any) -> tuple[Ending, None]:
        """Run a command: it starts, others take their turns, it ends."""
        ledger, run = self.ledger, lease.run_id
        ledger.begun[run] = (*ledger.begun.get(run, ()), lease.attempt)
        ledger.lives[actor.name] = Life(run, lease.attempt, job.name, job.exclusive, self.store.now)
        self.facts.append((actor, "start", lease, (), None))
        try:
            actor.turn("the command runs")
            if self.command_checks:
                current.check()
        except RunStopped as stopped:
            return endings._stopped(stopped), None
        finally:
            if not (self.over or actor.dead):
                del self.ledger.lives[actor.name]
        if self.command_fails(lease):
            return Ending(State.FAILED, "error", "It failed."), None
        return Ending(State.SUCCEEDED), None

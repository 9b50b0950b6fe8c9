"""A scenario: what is stored at first, who acts, and what it is there for."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import timedelta

from django.db import connections

from jobs_api.runs import job_state
from tools.explore import database
from tools.explore.database import Store
from tools.explore.hosts import Host, here
from tools.explore.settling import Aftermath
from tools.explore.threads import Seats
from tools.explore.world import Names, World

Cast = Callable[[World], None]
Setup = Callable[[Aftermath], None]


@dataclasses.dataclass(frozen=True, slots=True)
class Scenario:
    """A named function that fills a world; its docstring is the description."""

    name: str
    about: str
    cast: Cast
    setup: Setup | None
    short: bool
    """Whether every run of the tests explores it."""
    by_chance: bool
    """Whether it is too large to be explored completely."""

    def prepare(self, store: Store, seats: Seats) -> bytes:
        """The database content at the start."""
        world = World(store, seats, Names())
        self.cast(world)
        host = world.aftermath[0]
        before, party = connections[database.ALIAS], Aftermath(world, host)
        party.turn = lambda doing: None  # type: ignore[method-assign]
        database.connect(store, party)
        here.party = party
        try:
            with host.present():
                for prepare in (record_jobs, self.setup):
                    if prepare:
                        prepare(party)
        finally:
            here.party = None
            connections[database.ALIAS] = before
        return store.save()


def record_jobs(party: Aftermath) -> None:
    """Record the jobs in the database as known for days."""
    job_state.forget()
    job_state.know_all(at=party.clock() - timedelta(days=5))


SCENARIOS: dict[str, Scenario] = {}


def scenario(
    *, setup: Setup | None = None, short: bool = False, by_chance: bool = False
) -> Callable[[Cast], Cast]:
    """Register a function that fills a world; its name and docstring are the scenario's."""

    def register(cast: Cast) -> Cast:
        name = cast.__name__
        SCENARIOS[name] = Scenario(name, (cast.__doc__ or "").strip(), cast, setup, short, by_chance)
        return cast

    return register


def host(name: str, *jobs: object, skew: float = 0) -> Host:
    """A warm host that declares these jobs."""
    return Host.of(name, jobs, skew)  # type: ignore[arg-type]


def cold(name: str, *jobs: object) -> Host:
    """A host that has just started and has checked no job yet."""
    begun = host(name, *jobs)
    begun.known = set()
    return begun

"""The database is gone for ten seconds, for all engines at once: that is long enough to wait for once."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from django.db import connection, connections
from django.utils import timezone

from jobs_api import executors, registry
from jobs_api.models import JobAttempt, State
from jobs_api.testing.conformance.watching import ended, new_slot, running, say_go, until

from . import engines

SECONDS = 10
PATIENT = {"LEASE_SECONDS": 25, "RENEW_SECONDS": 1, "WAIT_SECONDS": 0.1}


@pytest.fixture
def everyone(transactional_db, tmp_path, monkeypatch):
    """All engines, with leases that last longer, and a SQLite on which they wait half a second for a lock."""
    if connection.vendor == "sqlite":
        monkeypatch.setenv("TOY_BUSY_SECONDS", "0.5")
    all_of_them = [engines.load(name)(name, tmp_path / name, **PATIENT) for name in executors.names()]
    with ExitStack() as stack:
        for engine in all_of_them:
            engine.folder.mkdir()
            stack.callback(engine.end)
            stack.enter_context(engine.at_hand())
        registry.fill([job for engine in all_of_them for job in engine.jobs])
        yield all_of_them
        until(lambda: all(engine.settled() for engine in all_of_them))


def test_it_finds_the_database_gone_for_ten_seconds_while_it_works_and_when_it_ends(everyone, tmp_path):
    """Pain 23: the result is written when the database is back; no attempt is lost by it."""
    cases = []
    for engine in everyone:
        for when in ("works", "ends"):
            slot, book = new_slot(), tmp_path / f"{engine.executor}-{when}"
            engine.fire(slot, behave="awaits", ledger=str(book))
            cases.append((engine.executor, when, slot, book))
    for *_, slot, book in cases:
        running(slot, book)

    with gone():
        for _, when, _, book in cases:
            if when == "ends":
                say_go(book)
        time.sleep(SECONDS)
    back = timezone.now()
    for *_, book in cases:
        say_go(book)

    for name, when, slot, book in cases:
        run = ended(slot)
        assert (name, when, run.state, run.tries) == (name, when, State.SUCCEEDED, 0)
        assert (run.finished_at < back) is (when == "ends"), name
        assert book.read_text().split() == ["start", "end"]
    assert not JobAttempt.objects.exists()


def gone():
    """No process reads or writes what is there meanwhile; on SQLite, none writes."""
    return _locked() if connection.vendor == "sqlite" else _closed()


@contextmanager
def _locked() -> Iterator[None]:
    """SQLite has no server that could go: another holds its lock for longer than anyone waits for it."""
    with sqlite3.connect(connection.settings_dict["NAME"], timeout=20, isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")
    other.close()


@contextmanager
def _closed() -> Iterator[None]:
    """All connections are cut, and no new ones are taken."""
    name = connection.ops.quote_name(connection.settings_dict["NAME"])
    connections.close_all()
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
            [connection.settings_dict["NAME"]],
        )
        try:
            yield
        finally:
            cursor.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")

"""`make explore`, the short form: every interleaving of small scenarios; and the explorer itself."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from jobs_api import database
from jobs_api.models import HELD
from jobs_api.runs import holding
from jobs_api.runs.types import Lease
from tools.explore.__main__ import carry_out, options
from tools.explore.catalogue import chosen, find
from tools.explore.database import Store
from tools.explore.hosts import installed
from tools.explore.search import Search
from tools.explore.threads import seats
from tools.explore.world import World

ROOT = Path(__file__).resolve().parent.parent.parent
BY_CHANCE = "everybody_inline"

pytestmark = pytest.mark.skipif(
    not hasattr(Store, "restore"), reason="this SQLite cannot be saved and restored"
)


class Searches:
    """Makes searches over one database."""

    def __init__(self) -> None:
        self.store = Store()

    def __call__(self, name: str, kind: type[Search] = Search, **named: Any) -> Search:
        return kind(find(name), self.store, self.threads, **named)


@pytest.fixture
def search() -> Iterator[Searches]:
    """``search("two_retries").everything()``."""
    searches = Searches()
    with installed(), seats(searches.store) as searches.threads:
        yield searches


def begin_whatever_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plant a mistake: a second delivery begins what runs already."""

    def held(lease: Lease) -> Any:
        return database.rows().filter(pk=lease.run_id, attempt=lease.attempt, state__in=HELD)

    monkeypatch.setattr(holding, "_claimed", held)


@pytest.mark.parametrize("name", [scenario.name for scenario in chosen(short=True)])
def test_no_interleaving_breaks_a_rule(search: Searches, name: str) -> None:
    report = search(name).everything()
    assert report.failure is None
    assert report.complete


def test_a_planted_mistake_is_found_and_its_steps_find_it_again(
    search: Searches, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin_whatever_is_held(monkeypatch)
    found = search("delivered_twice").everything().failure
    assert found is not None
    assert found.rule == "no_attempt_begins_twice"
    again, _ = search("delivered_twice").replay(found.path)
    assert again == found


class Collecting(Search):
    """Keeps what was stored in each state that it has come to."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.stored: set[object] = set()

    def settle(self, world: World) -> None:
        """Only collect the state."""
        self.stored.add((tuple(world.rows.values()), world.store.now))


@pytest.mark.parametrize("name", ["two_retries", "a_late_end", "delivered_twice"])
def test_pruning_leaves_out_nothing_that_can_be_reached(search: Searches, name: str) -> None:
    pruned, whole = search(name, Collecting), search(name, Collecting, prunes=False)
    assert pruned.everything().complete
    assert whole.everything(states=4000).failure is None
    assert whole.stored <= pruned.stored


def test_a_mistake_is_found_whether_or_not_known_states_are_pruned(
    search: Searches, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin_whatever_is_held(monkeypatch)
    found = [search("delivered_twice", prunes=prunes).everything().failure for prunes in (True, False)]
    assert [failure and failure.rule for failure in found] == ["no_attempt_begins_twice"] * 2


def test_a_seed_walks_the_same_steps_again(search: Searches) -> None:
    class Walking(Search):
        def _guarded(self, world: World, go: Any) -> Any:
            failure = super()._guarded(world, go)
            walked.append((tuple(world.path), tuple(world.notes)))
            return failure

    walked: list[Any] = []
    for seed in (4, 4, 5):
        search(BY_CHANCE, Walking).by_chance(seed, walks=3)
    assert walked[:3] == walked[3:6]
    assert walked[:3] != walked[6:]


def test_steps_that_cannot_be_taken_are_said_to_be_so(search: Searches) -> None:
    failure, _ = search("two_retries").replay(["nobody"])
    assert failure is not None
    assert (failure.rule, failure.text) == ("replay", "nobody cannot go on after 0 steps.")


def test_afterwards_no_thread_is_left_and_the_clocks_are_the_machines() -> None:
    store, clock, monotonic = Store(), timezone.now, time.monotonic
    with installed(), seats(store) as threads:
        Search(find("a_late_end"), store, threads).everything()
        assert any(thread.name == "explore-actor" for thread in threading.enumerate())
    assert not any(thread.name == "explore-actor" for thread in threading.enumerate())
    assert (timezone.now, time.monotonic) == (clock, monotonic)


def test_the_command_tells_states_and_seconds() -> None:
    words = ("its_only_try", BY_CHANCE, "--walks", "1", "--seed", "7", "--processes", "1")
    command = [sys.executable, "-m", "tools.explore", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "states" in done.stdout
    assert "1 walks, seed 7" in done.stdout
    assert "2 scenarios, 0 broken" in done.stdout


def test_a_scenario_that_does_not_exist_ends_with_2(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.setup", lambda: None)  # again: loggers would keep the stream of this test
    assert carry_out(options(["no_such_scenario"])) == 2
    assert "There is no scenario 'no_such_scenario'" in capsys.readouterr().out

"""Stand-ins for the vendors, and check-ins that are sent at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from jobs_api.check_ins import dead_man, listening, outbox, tally
from jobs_api.execution import process_end
from tests.jobs_api.check_ins import probes, standins
from tests.toys import sentry as sentry_toy


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test waits for what gives a monitor time."""
    monkeypatch.setattr(outbox, "SOON", 0.0)
    monkeypatch.setattr(outbox, "BACK_OFF", (0.01, 0.01))
    monkeypatch.setattr(outbox, "HURRY", 0.01)
    monkeypatch.setattr(outbox, "SECONDS", 10.0)
    # And none fails because the machine is slow.
    monkeypatch.setattr(dead_man, "SECONDS", 10.0)
    monkeypatch.setattr(process_end, "SECONDS", 60.0)


@pytest.fixture
def configure(settings: Any) -> Iterator[Callable[..., None]]:
    """``configure(HEALTHCHECKS={...})`` is JOBS_API["CHECK_INS"] from now on."""

    def change(**check_ins: Any) -> None:
        settings.JOBS_API = {**settings.JOBS_API, "CHECK_INS": check_ins}
        listening.connect()

    yield change
    for each in listening._outboxes:
        each.queue.clear()
        each.tally = tally.Tally(each.entry.name)
        each.rest()
    settings.JOBS_API = {**settings.JOBS_API, "CHECK_INS": {}}
    listening.connect()


@pytest.fixture
def healthchecks() -> Iterator[probes.Healthchecks]:
    with standins.serving(standins.Healthchecks()) as server:
        yield probes.Healthchecks(server)


@pytest.fixture
def cronitor() -> Iterator[probes.Cronitor]:
    with standins.serving(standins.Cronitor()) as server:
        yield probes.Cronitor(server)


@pytest.fixture
def sentry(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[probes.Sentry]:
    path = str(tmp_path / "events")
    monkeypatch.setenv("TOY_SENTRY", path)
    sentry_toy.begin(path, environment="tests")
    yield probes.Sentry(path)
    sentry_toy.end()


@pytest.fixture(params=["cronitor", "healthchecks", "sentry"])
def probe(request: pytest.FixtureRequest) -> probes.Probe:
    """Each monitor in turn, with what stands in for its vendor."""
    found: probes.Probe = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def sent() -> Callable[[], None]:
    """``sent()`` when all that waits was sent, or given up."""
    return listening.finish

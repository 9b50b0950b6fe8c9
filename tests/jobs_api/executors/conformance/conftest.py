"""``engine`` is each executor in turn, with its workers; ``asked`` are slots and options for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from jobs_api import executors
from tests.jobs_api.executors.subprocesses import until

from . import engines


@pytest.fixture(scope="package", params=executors.names())
def started(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[engines.Engine]:
    """One for all tests of a process: workers are slow to start."""
    engine = engines.load(request.param)(tmp_path_factory.mktemp(request.param))
    yield engine
    engine.end()


@pytest.fixture
def engine(started: engines.Engine, transactional_db: None) -> Iterator[engines.Engine]:
    """Runs, whatever the test before did to it, and is left with nothing to do."""
    with started.at_hand():
        yield started
        try:
            until(started.settled)
        except AssertionError:
            started.end()
            raise

"""Jobs of the toy, and a server that runs them."""

import pytest

from .server import serve


@pytest.fixture
def book(tmp_path):
    """Where the toy writes when it starts and ends."""
    return tmp_path / "ledger"


@pytest.fixture
def server(declare, book, tmp_path):
    """``with server(*options, grace=3, seconds=60) as running:`` has the job `nightly` work so long."""

    def start(*options, grace=3, drain=2, executor=None, **work):
        job = declare(schedule=None, max_attempts=1, executor=executor, options={"ledger": str(book), **work})
        return serve(tmp_path, *options, jobs=[job], grace=grace, drain=drain)

    return start

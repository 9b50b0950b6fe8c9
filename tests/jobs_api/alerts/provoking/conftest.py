"""A receiver of webhooks, and how long the tests of this folder may take: `make alerts` takes its time."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.jobs_api.alerts.provoking.receiver import Receiver, receiving

LONG = bool(os.environ.get("ALERTS_LONG"))
"""Whether `make alerts` runs them; `make test` runs a short form."""
only_long = pytest.mark.skipif(not LONG, reason="it takes half a minute or more: make alerts")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver that takes all messages."""
    with receiving() as ours:
        yield ours

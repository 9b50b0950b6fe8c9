"""A receiver of webhooks, and how long the tests of this folder may take: `make alerts` takes its time."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from jobs_api import database
from jobs_api.alerts import outbox
from jobs_api.alerts.background import AT_ONCE
from jobs_api.alerts.evaluating import evaluate
from jobs_api.alerts.incidents import Done
from tests.databases import SECOND_TIME
from tests.jobs_api.alerts.provoking.receiver import Receiver, receiving
from tests.jobs_api.execution.attempts import eventually

LONG = bool(os.environ.get("ALERTS_LONG"))
"""Whether `make alerts` runs them; `make test` runs a short form."""
once = pytest.mark.skipif(SECOND_TIME and not LONG, reason="`make alerts` runs it on both databases")
only_long = pytest.mark.skipif(not LONG, reason="it takes half a minute or more: make alerts")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver that takes all messages."""
    with receiving() as ours:
        yield ours


@pytest.fixture
def ops(receiver: Receiver, settings: Any) -> Receiver:
    """The receiver, which is the one channel of this process; reminders come after an hour."""
    alerts = {"CHANNELS": receiver.channels("ops"), "REMIND_SECONDS": 3600}
    settings.JOBS_API = {**settings.JOBS_API, "ALERTS": alerts}
    return receiver


@pytest.fixture
def after(ops: Receiver) -> Callable[..., None]:
    """``after(hours=2)``: evaluate and send as if so much time had passed."""

    def look(**passed: float) -> None:
        at = database.now() + timedelta(**passed)
        # The thread that a failure has hurried may have the turn: then what it sees may not be written yet.
        eventually(lambda: isinstance(evaluate(now=at, every=AT_ONCE), Done))
        outbox.deliver("ops", now=at)

    return look

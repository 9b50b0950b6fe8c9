"""A database that comes and goes is tried again, at most as long as a lease lasts."""

from __future__ import annotations

import pytest
from django.db import DataError, InterfaceError, InternalError, OperationalError, connection, transaction

from jobs_api import database
from jobs_api.database import outage
from jobs_api.database.outage import through_outage
from tests.jobs_api.execution.attempts import clock_that_sleeps_by

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def slept(monkeypatch):
    """How long each pause was."""
    pauses = []
    monkeypatch.setattr(outage, "time", clock_that_sleeps_by(pauses.append))
    return pauses


@pytest.fixture
def failing():
    """``failing(error, times)`` makes a statement that fails so often; its calls are noted in ``.calls``."""

    def make(error, times):
        def attempt(again):
            attempt.calls.append(again)
            if len(attempt.calls) <= times:
                raise error
            return database.now()

        attempt.calls = []
        return attempt

    return make


@pytest.mark.parametrize("error", [OperationalError, InterfaceError, InternalError])
def test_what_fails_is_tried_again_and_told_so(failing, slept, error, caplog):
    attempt = failing(error("gone"), 7)

    assert through_outage(attempt, "Run %s could not begin yet.", 7)

    assert attempt.calls == [False] + [True] * 7
    assert slept == [0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 2]
    assert caplog.messages == ["Run 7 could not begin yet."] * 7


def test_each_new_try_has_a_connection_without_a_past(failing):
    connection.ensure_connection()
    before = connection.connection

    through_outage(failing(OperationalError("gone"), 1), "")

    assert connection.connection is not before


def test_what_no_time_helps_is_tried_twice(failing):
    """The first error may be what the outage left of an answer; the second tells."""
    attempt = failing(DataError("too long"), 9)

    with pytest.raises(DataError):
        through_outage(attempt, "")

    assert attempt.calls == [False, True]


def test_after_a_lease_it_gives_up(failing, settings):
    settings.JOBS_API = {**settings.JOBS_API, "LEASE_SECONDS": 0.05, "RENEW_SECONDS": 0.01}

    with pytest.raises(OperationalError):
        through_outage(failing(OperationalError("gone"), 10**9), "")


def test_in_a_transaction_nothing_is_tried_again(failing):
    """It is broken, and a new connection would be outside of it."""
    attempt = failing(OperationalError("gone"), 9)

    with pytest.raises(OperationalError), transaction.atomic():
        through_outage(attempt, "")

    assert attempt.calls == [False]

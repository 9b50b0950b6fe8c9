"""A request waits for the database only a moment here."""

import pytest
from django.db import connection

BOUND = 0.4
"""DATABASE_SECONDS where a test waits for its end."""


@pytest.fixture
def impatient(settings):
    """``impatient()``, and again with a number of seconds where the database answers."""

    def wait(seconds=BOUND):
        settings.JOBS_API = {**settings.JOBS_API, "DATABASE_SECONDS": seconds}

    return wait


@pytest.fixture(autouse=True)
def sound_connection(transactional_db):
    """A test that fails must not break the ones after it."""
    yield
    connection.close()
    connection.connect()

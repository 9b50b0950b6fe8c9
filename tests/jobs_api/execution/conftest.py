"""A heartbeat that tests can wait for."""

import pytest

from jobs_api.execution import heartbeat
from jobs_api.execution.heartbeat import Heartbeat

from .attempts import heartbeat_threads


@pytest.fixture
def heart(settings, monkeypatch):
    """A heartbeat of its own that beats fast; its thread has ended when the test has."""
    settings.JOBS_API = {**settings.JOBS_API, "LEASE_SECONDS": 30, "RENEW_SECONDS": 0.02}
    monkeypatch.setattr(heartbeat, "TICK", 0.002)
    monkeypatch.setattr(heartbeat, "LOOK_EVERY", 0.02)
    monkeypatch.setattr(heartbeat, "STORE_AFTER", 0.02)
    before = heartbeat_threads()
    yield Heartbeat()
    for thread in heartbeat_threads() - before:
        thread.join(10)
        assert not thread.is_alive()

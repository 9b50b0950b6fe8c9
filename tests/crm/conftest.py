"""Fixtures that tests of several folders share."""

import pytest

from .stripe_stand_in import KEY, stand_in


@pytest.fixture
def stripe(settings, monkeypatch):
    """The stand-in, named in the settings; it has no charges yet."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with stand_in() as server:
        settings.STRIPE_API_BASE, settings.STRIPE_API_KEY = server.base, KEY
        yield server

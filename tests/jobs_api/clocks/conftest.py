"""A host whose own clock is wrong, while the database's is right."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from jobs_api import clock

RIGHT = timezone.now
"""The database of a test runs on this machine: what Python says is the database's time, too."""


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """``set_clock(days=365)`` sets this host's clock; the process has heard of no other yet."""

    def change(**ahead: float) -> None:
        monkeypatch.setattr("django.utils.timezone.now", lambda: RIGHT() + timedelta(**ahead))
        clock.forget()

    clock.forget()
    return change

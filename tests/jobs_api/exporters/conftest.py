"""What the tests of all exporters use; `toys` has the same as plain functions."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from jobs_api import Job
from jobs_api.exporters.common.plan import Plan
from tests.jobs_api.exporters import toys as kinds


@pytest.fixture
def plan_for() -> Callable[..., Plan]:
    """``plan_for(exporter, *jobs, form=None, run_due="5m", base_url=..., **settings)``."""
    return kinds.plan_for


@pytest.fixture
def toys() -> dict[str, Job]:
    """A job of each kind of schedule, by name."""
    return kinds.TOYS

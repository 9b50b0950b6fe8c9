"""Leases that end within a test."""

import pytest
from django.test import override_settings


@pytest.fixture
def short_leases():
    """Leases of two seconds, and half a second between being asked and being killed."""
    with override_settings(
        JOBS_API={"LEASE_SECONDS": 2, "RENEW_SECONDS": 0.3, "KILL_SECONDS": 0.5, "DRAIN_SECONDS": 1}
    ):
        yield

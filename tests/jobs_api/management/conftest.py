"""Declarations with errors, for the commands of operators."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from unittest import mock

import pytest

from jobs_api.registry import discovery
from jobs_api.registry.validation import Fault


@pytest.fixture
def faulty() -> Callable[[], AbstractContextManager[object]]:
    """``with faulty():`` the declaration of the job "other" has an error."""
    fault = Fault("jobs_api.E010", "Job 'other': no.", "Yes.")
    return lambda: mock.patch.object(discovery, "faults", [fault])

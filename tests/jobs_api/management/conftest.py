"""Jobs, and declarations with errors, for the commands of operators."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from unittest import mock

import pytest

from jobs_api.registry import discovery
from jobs_api.registry.job import Job
from jobs_api.registry.validation import Fault
from jobs_api.runs import job_state
from tests.conftest import NOON


@pytest.fixture
def faulty() -> Callable[[], AbstractContextManager[object]]:
    """``with faulty():`` the declaration of the job "other" has an error."""
    fault = Fault("jobs_api.E010", "Job 'other': no.", "Yes.")
    return lambda: mock.patch.object(discovery, "faults", [fault])


@pytest.fixture
def known(declare: Callable[..., Job]) -> Callable[..., Job]:
    """``known("nightly")`` declares a job that the database has known for years."""

    def job(*args: Any, **fields: Any) -> Job:
        declared = declare(*args, **fields)
        job_state.know_all(at=NOON.replace(year=2020))
        return declared

    return job

"""For the tests of host projects: declare jobs, perform one, hold an executor to what all have to do.

    with declare("cleanup", schedule="0 3 * * *"):
        result = run_job("cleanup", run_date="2026-11-20")
    assert result.succeeded, result.output

    class TestNomad(ExecutorConformance):
        executor = "acme.jobs.Nomad"

docs/testing.md tells more. Nothing here needs pytest, and nothing else in jobs_api imports this package.
It is also an app: the workers of `ExecutorConformance` have it, for its command and its jobs. So the names
are loaded when they are first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jobs_api.in_tests import telling
    from jobs_api.testing.conformance import ExecutorConformance
    from jobs_api.testing.conformance.engine import Engine
    from jobs_api.testing.declaring import declare
    from jobs_api.testing.running import JobResult, run_job

__all__ = ["Engine", "ExecutorConformance", "JobResult", "declare", "run_job", "telling"]

_HOMES = {
    "Engine": "jobs_api.testing.conformance.engine",
    "ExecutorConformance": "jobs_api.testing.conformance",
    "JobResult": "jobs_api.testing.running",
    "declare": "jobs_api.testing.declaring",
    "run_job": "jobs_api.testing.running",
    "telling": "jobs_api.in_tests",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)

"""What every executor has to do, for real: its processes are killed, its messages come twice, it is down.

    class TestNomad(ExecutorConformance):
        executor = "acme.jobs.Nomad"

Not here: a database that is away. Whoever calls `deliver` gets that with it.
"""

from __future__ import annotations

from jobs_api.testing.conformance.endings import Endings
from jobs_api.testing.conformance.engine import Engine
from jobs_api.testing.conformance.losses import Losses
from jobs_api.testing.conformance.stops import Stops

__all__ = ["Engine", "ExecutorConformance"]


class ExecutorConformance(Endings, Losses, Stops):
    """All questions, for `manage.py test` and for pytest: name the executor, and how to reach it."""

"""Run the command in the request that triggered it: no set-up is needed, but it cannot be killed."""

from __future__ import annotations

from jobs_api.exceptions import SubmitFailed
from jobs_api.execution import drain
from jobs_api.execution.perform import perform
from jobs_api.executors import Executor
from jobs_api.registry.job import Job
from jobs_api.runs.types import Ending, Lease


class Inline(Executor):
    """The default executor."""

    in_request = True

    def submit(self, job: Job, lease: Lease) -> Ending:
        """Run the command now and return how it ended."""
        if drain.draining():
            raise SubmitFailed("This process is about to exit.")
        return perform(job, lease)


executor = Inline()

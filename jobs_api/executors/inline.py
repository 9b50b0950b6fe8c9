"""Run the command in the request that triggered it: nothing else to set up, nothing to kill it with."""

from __future__ import annotations

from jobs_api.execution import perform
from jobs_api.leases import Ending, Lease
from jobs_api.registry import Job


class Inline:
    """The default executor."""

    in_request = True

    def submit(self, job: Job, lease: Lease) -> Ending:
        """Run the command now and return how it ended."""
        return perform(job, lease)


executor = Inline()

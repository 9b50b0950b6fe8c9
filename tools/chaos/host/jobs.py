"""The toys as jobs. Faults use up tries, and no slot may end for want of them."""

import os

from jobs_api import Job
from tools.chaos.toys import Toy, chosen


def declared(toy: Toy) -> Job:
    """The toy as a job."""
    return Job(
        toy.name,
        command="toil",
        options={"lasts": toy.lasts, "fails": toy.fails},
        schedule=None if toy.every else "* * * * *",
        catch_up="all",
        overlap="skip" if toy.exclusive else "allow",
        executor=toy.executor,
        max_attempts=1000,
        retry_backoff=0,
        description="Note in the ledger that it lives, for a while.",
    )


jobs = [declared(toy) for toy in chosen(set(os.environ["CHAOS_EXECUTORS"].split(",")))]

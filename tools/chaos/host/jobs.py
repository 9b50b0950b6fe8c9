"""The toys as jobs. Faults use up tries, and no slot may end for want of them.

There are two versions: the other one declares the same slots under another schedule and zone.
"""

import os
from pathlib import Path

from jobs_api import Job
from tools.chaos.toys import Toy, chosen

OTHER = Path(os.environ["CHAOS_VERSION"]).exists()
SCHEDULE, ZONE = ("*/1 * * * *", "Asia/Kathmandu") if OTHER else ("* * * * *", "UTC")


def declared(toy: Toy) -> Job:
    """The toy as a job."""
    return Job(
        toy.name,
        command="toil",
        options={"lasts": toy.lasts, "fails": toy.fails},
        schedule=None if toy.every else SCHEDULE,
        timezone=ZONE,
        catch_up="all",
        overlap="skip" if toy.exclusive else "allow",
        executor=toy.executor,
        max_attempts=1000,
        retry_backoff=0,
        description="Note in the ledger that it lives, for a while.",
    )


jobs = [declared(toy) for toy in chosen(set(os.environ["CHAOS_EXECUTORS"].split(",")))]

"""The same command, in the request and in a process of its own."""

from typing import Literal

from pydantic import BaseModel

from jobs_api import Job


class Toil(BaseModel):
    """How long it takes, and what it does meanwhile."""

    seconds: float = 0
    how: Literal["sleep", "compute", "check"] = "sleep"


SAME = {"command": "toil", "params": Toil, "overlap": "allow", "retry_backoff": 0, "max_attempts": 20}

jobs = [Job("here", executor="inline", **SAME), Job("apart", executor="subprocess", **SAME)]

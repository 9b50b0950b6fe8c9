"""The toy, as several jobs."""

import os

from pydantic import BaseModel

from jobs_api import Job


class Work(BaseModel):
    """What a trigger may ask of the toy."""

    seconds: float = 0
    ledger: str = ""


FINE = os.environ.get("HOST_SCHEDULE", "0 3 * * *")

jobs = [
    Job("fine", command="toy", schedule=FINE, options={"say": "all is well"}),
    Job("broken", command="toy", schedule="0 3 * * *", options={"fail": True}, retry_backoff=0),
    Job("long", command="toy", schedule="0 3 * * *", params=Work),
]

"""Call an executor. Its code may be the host's: whatever it does, no claim is left behind.

Of a background executor only the row is believed, not what it returns.
"""

from __future__ import annotations

from jobs_api.database.bounds import elsewhere
from jobs_api.database.leftovers import settled
from jobs_api.exceptions import JobsApiError
from jobs_api.executors import Executor
from jobs_api.models import ENDED
from jobs_api.registry.job import Job
from jobs_api.runs.stopping import stops_the_process
from jobs_api.runs.types import Ending, Lease
from jobs_api.text import loggers

logger = loggers.logger(__name__)


class Broken(Exception):
    """An executor did what an executor may not do; `__cause__` is what it raised, if it raised."""


def submit(executor: Executor, job: Job, lease: Lease) -> Ending | None:
    """Let the executor take the attempt; returns how it ended, or None for a background executor.

    Raises:
        SubmitFailed, NoRoom, LeaseLost: as the executor raises them.
        Broken: it raised anything else, or runs the command in the request and returned no end.
    """
    try:
        # Its statements, and the time of a broker, do not count; a transaction that it leaves open is ended.
        with elsewhere(), settled():
            ending = executor.submit(job, lease)
    except JobsApiError:
        raise
    except BaseException as error:
        if stops_the_process(error) or (executor.in_request and isinstance(error, Exception)):
            raise  # a server that stops; or the database is away from the record of an inline command
        raise Broken(f"The executor {job.executor_name!r} raised {type(error).__name__}.") from error
    if not executor.in_request:
        return None  # only the row shows what became of it
    if not isinstance(ending, Ending) or ending.state not in ENDED:
        raise Broken(f"The executor {job.executor_name!r} returned no end of the attempt.")
    return ending


def is_full(executor: Executor) -> bool:
    """Whether it has no room now; one that cannot tell is asked by `submit`."""
    try:
        return bool(executor.full())
    except Exception:
        logger.exception("An executor could not tell whether it has room.")
        return False

"""Log one record for each failed attempt, after its end is written: for error trackers and the host's alerts.

The process that writes the end logs it, so there is one record whichever process dies; what a command raised
in a process of its own crosses over for it (`worker.crossing`). The logger is `jobs_api.run`; each record has
the attributes `job`, `run`, `attempt`, `run_date`, `source` and `reason`. Triggers that ran nothing, such as
a duplicate or an early retry, are not logged.
"""

from __future__ import annotations

import logging
import traceback
from typing import Any

from jobs_api.models import Reason, State
from jobs_api.runs import trackers
from jobs_api.text import loggers, unbroken

logger = loggers.logger("jobs_api.run")

LEVELS = {
    Reason.ERROR: logging.ERROR,
    Reason.EXIT: logging.ERROR,
    Reason.TIMEOUT: logging.ERROR,
    Reason.LOST: logging.ERROR,
    Reason.INTERRUPTED: logging.WARNING,  # a deploy: it costs no try
}
"""A failed submit is logged where it happens; a run that an operator cancelled has not failed."""


def finished(**event: Any) -> None:
    """Log the end of an attempt, if it failed: receives `attempt_finished`."""
    if event["state"] != State.FAILED or not event["reason"]:
        return
    reason = Reason(event["reason"])
    level = LEVELS.get(reason)
    if level is None:
        return
    raised = event["exception"]
    cause = raised if raised is not None and _can_be_shown(raised) else None
    job, run, attempt, run_date = event["job"], event["run"], event["attempt"], event["run_date"].isoformat()
    about = {"job": job, "run": run, "attempt": attempt, "run_date": run_date}
    if cause is not None:
        without_locals(cause)  # also those of our own frames, which had not ended before
    with trackers.grouped(job, reason):
        logger.log(
            level,
            # Trackers group messages by what is constant in them: that is the job and the reason.
            f"Run %s of {job} for %s, attempt %s failed ({reason}): %s",
            *(run, run_date, attempt, event["error"]),
            exc_info=cause,
            extra={**about, "source": unbroken(event["source"]), "reason": str(reason)},
        )


def _can_be_shown(error: BaseException) -> bool:
    """Whether a log handler could format it: the formatting of a command's exception may raise, too."""
    try:
        traceback.format_exception(error)
    except BaseException:  # noqa: BLE001 - whatever it is, the written end stays
        return False
    return True


def without_locals(error: BaseException) -> BaseException:
    """Free what the frames of its traceback hold, such as a command's own lock on the database.

    Until the record is made the exception is kept, and with it all that it could lead to.
    """
    left, seen = [error], set()
    while left:
        one = left.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        traceback.clear_frames(one.__traceback__)
        inner = one.exceptions if isinstance(one, BaseExceptionGroup) else ()
        left += [other for other in (one.__cause__, one.__context__, *inner) if other is not None]
    return error

"""The dead man's switch: tells an outside monitor that somebody calls, and that the database takes it.

If nothing calls any more, nothing here can run to say so. Only a monitor outside can, when it hears nothing.
It does not say that the jobs are well: alerts and the health do that.
"""

from __future__ import annotations

from jobs_api import database
from jobs_api.check_ins import settings, standing
from jobs_api.check_ins.asking import ask
from jobs_api.check_ins.monitor import MonitorError
from jobs_api.database.bounds import bounded
from jobs_api.execution import process_end
from jobs_api.in_tests import kept_in
from jobs_api.text import loggers

logger = loggers.logger("jobs_api.check_ins")

NAME = "dead_man"
SECONDS = 3.0
"""For one request."""
REFUSED = ("OK (not found)", "OK (rate limited)")
"""Healthchecks answers 200 with this to an address that it does not know, and to too many pings."""


def called() -> None:
    """Somebody has called, and that was written: ping, at most once a minute over all hosts.

    It runs off the trigger's way, in the thread that writes the counts, or at the end of a process.
    """
    if not settings.dead_man() or not process_end.can_send() or kept_in():
        return
    with bounded():
        at = database.now()
        if not standing.take_turn(NAME, at=at):
            return
    try:
        _ping_twice(settings.dead_man())
    except MonitorError as error:
        logger.warning("The dead man's switch could not be told that somebody calls: %s.", error)
        with bounded():
            standing.failed(NAME, str(error), times=1, at=database.guess())
    else:
        with bounded():
            standing.turn_succeeded(NAME, at=database.guess())


def _ping_twice(url: str) -> None:
    """Once more where it may help: the next call, which would do it again, may be hours away."""
    try:
        ping(url)
    except MonitorError as error:
        if not error.again:
            raise
        ping(url)


def ping(url: str) -> str:
    """Call the address; returns what the monitor answered.

    Raises:
        MonitorError: there was no answer, or not one that it has understood.
    """
    answer = ask(url, method="GET", seconds=process_end.seconds_left(SECONDS)).strip()
    if answer.startswith(REFUSED):
        raise MonitorError(f"it answered {answer.splitlines()[0]}")
    if answer.startswith("<"):
        raise MonitorError("it answered a page: is the URL the one to ping?")
    return answer

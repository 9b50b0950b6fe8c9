"""What has to be written is tried again while the database comes and goes, for as long as a lease lasts."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from django.db import connections

from jobs_api.conf import config
from jobs_api.database import AWAY, ERRORS, alias
from jobs_api.database.bounds import bounded
from jobs_api.database.leftovers import renew
from jobs_api.text import loggers

logger = loggers.logger(__name__)

Answer = TypeVar("Answer")
LONGEST_PAUSE = 2.0


def through_outage(attempt: Callable[[bool], Answer], message: str, *args: object) -> Answer:
    """Call `attempt` until the database takes it; each new try has a new connection.

    Args:
        attempt: it receives whether it was tried before: then it may have been done, and the answer was lost.
        message: the log line for each try that fails, with its `args`.

    Raises:
        DatabaseError, InterfaceError: the database stayed away longer than a lease lasts, a caller's
            transaction is open, or the second error is not one that passes.
    """
    give_up = time.monotonic() + config().lease_seconds
    pause, again = 0.05, False
    while True:
        try:
            with bounded():
                if again:
                    renew(connections[alias()])
                return attempt(again)
        except ERRORS as error:
            in_transaction = connections[alias()].in_atomic_block
            if time.monotonic() > give_up or in_transaction or (again and not isinstance(error, AWAY)):
                raise
            logger.warning(message, *args, exc_info=True)
        time.sleep(pause)
        pause, again = min(pause * 2, LONGEST_PAUSE), True

"""The state machine of a run: its transitions, in `claiming`, `holding` and `closing`, are the only writers.

    queued --claim--> claimed --begin--> running --finish--> succeeded | failed | cancelled
                         \\-------reap (lease expired)------> failed(lost) | cancelled(once requested)
    failed --claim (tries left, back-off over)--> claimed       skipped --claim--> claimed
    claimed --park (its host has no room)--> queued         claimed --abandon--> failed(submit_failed)
    queued --skip (overlap)--> skipped       queued, claimed --cancel--> cancelled
    queued --expire (too old by now, not ordered)--> failed(submit_failed)
    any end --rerun--> claimed

Each transition is one conditional UPDATE (or INSERT) whose WHERE names the run, the attempt and
the states it may leave; the row count, or the constraint that was hit, decides who won. The
attempt number is the fence and never goes down; `tries` is the budget. The inline executor
claims and begins in one statement.
"""

from __future__ import annotations

import os
import socket
from typing import Any

HOST = socket.gethostname()


def holder() -> str:
    """This process, as the record of an attempt names it."""
    return f"{HOST}:{os.getpid()}"[:150]


def released(*, next_attempt_at: Any = None) -> dict[str, Any]:
    """The columns of a run that nobody holds any more.

    Args:
        next_attempt_at: from when it may be claimed again; None: it may not be.
    """
    return {"held_job": None, "lease_expires_at": None, "next_attempt_at": next_attempt_at}

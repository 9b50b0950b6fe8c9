"""The state machine of a run: its transitions, in `claiming`, `holding` and `closing`, are the only writers.

    queued --claim--> claimed --begin--> running --finish--> succeeded | failed | cancelled
                         \\-------reap (lease expired)------> failed(lost) | cancelled(once requested)
    failed --claim (tries left, back-off over)--> claimed       skipped --claim--> claimed
    claimed --park (its host has no room)--> queued         claimed --abandon--> failed(submit_failed)
    queued --skip (overlap)--> skipped       queued, claimed --cancel--> cancelled
    queued --expire (too old by now, not ordered)--> failed(submit_failed)
    any end --rerun--> claimed

Each transition is one conditional UPDATE (or INSERT) whose WHERE names the run, the attempt and
the states it may leave; the row count, or the constraint that failed, decides who won. The
attempt number never goes down. It is the fencing token: a write by an older attempt matches no row, so it
changes nothing. `tries` is the budget. The inline executor claims and begins in one statement.
"""

from __future__ import annotations

import os
import socket
from typing import Any

HOST = socket.gethostname()


def holder() -> str:
    """The name of this process in the record of an attempt."""
    return f"{HOST}:{os.getpid()}"[:150]


def released(*, next_attempt_at: Any = None) -> dict[str, Any]:
    """The columns of a run that is no longer held.

    Args:
        next_attempt_at: from when it may be claimed again; None: it may not be.
    """
    return {"held_job": None, "lease_expires_at": None, "next_attempt_at": next_attempt_at}

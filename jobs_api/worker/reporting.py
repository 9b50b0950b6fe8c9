"""How a child tells its supervisor how its command ended: a line of JSON.

The command shares the child's process, so it may write there itself, by mistake or not. The supervisor reads
so much and no more, and takes only what a child of ours would say: otherwise the exit status decides.
"""

from __future__ import annotations

import json
from typing import Any

from jobs_api.execution.endings import storable
from jobs_api.models import Reason, State
from jobs_api.runs.types import Ending
from jobs_api.worker import crossing

MOST_BYTES = 2**20
ENDS = (State.SUCCEEDED, State.FAILED, State.CANCELLED)


def written(ending: Ending) -> bytes:
    """The report; without what was raised, if that is too long or cannot be told."""
    plain = {"state": str(ending.state), "reason": str(ending.reason), "error": ending.error}
    whole = json.dumps({**plain, "raised": _told(ending.raised)}).encode()
    return whole if len(whole) <= MOST_BYTES else json.dumps({**plain, "raised": None}).encode()


def read(report: bytes) -> Ending | None:
    """How the command ended; None if that is no report: nothing, half of one, or what a command wrote."""
    if len(report) > MOST_BYTES:
        return None
    try:
        said = json.loads(report)
        state, reason = State(said["state"]), said["reason"] and Reason(said["reason"])
        error, raised = storable(said["error"]), said["raised"]
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return None
    return Ending(state, reason, error, raised=_made(raised)) if state in ENDS else None


def _told(raised: BaseException | None) -> dict[str, Any] | None:
    try:
        return crossing.told(raised) if raised is not None else None
    except Exception:  # noqa: BLE001 - the end counts more than how it came to it
        return None


def _made(about: Any) -> BaseException | None:
    try:
        return crossing.made(about) if about else None
    except Exception:  # noqa: BLE001 - it may be of any type, and the end counts more
        return None

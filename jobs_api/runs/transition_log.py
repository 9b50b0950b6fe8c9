"""Log one line for each transition of a run or a job, in the process in which it happened, after its commit.

The logger is `jobs_api.transitions`, its level INFO: `LOGGING` switches it on. A line is `key=value` text,
and its record has each value as an attribute; `jobs_api.logs.JSONFormatter` makes JSON of them. A run's own
output has none of these lines, and whatever a handler of the host does, the run goes on.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from jobs_api import signals
from jobs_api.database.bounds import elsewhere
from jobs_api.database.leftovers import settled
from jobs_api.logs import TRANSITIONS, logfmt
from jobs_api.models import Reason, State
from jobs_api.registry import find as find_job
from jobs_api.runs.stopping import stops_the_process
from jobs_api.runs.trace_context import trace_id
from jobs_api.text import loggers, unbroken

logger = loggers.logger(TRANSITIONS)

MOST_CHARACTERS = 300
"""Of one value: a reason that somebody gives may be longer."""
CLOSED_BY = {"holder": "finished", "reaper": "lost"}
"""The line of an attempt's end, by who wrote it; of a cancel before its beginning there is another line."""
EXPIRED = {"state": State.FAILED, "reason": Reason.SUBMIT_FAILED}


def is_on() -> bool:
    """Whether anybody wants these lines."""
    return logger.isEnabledFor(logging.INFO)


def hush() -> None:
    """Write no lines to the terminal for the rest of this process: cron would mail them each time."""
    named: logging.Logger | None = logger
    while named is not None:
        for handler in named.handlers:
            if getattr(handler, "stream", None) in (sys.stderr, sys.stdout):
                handler.addFilter(_is_no_transition)
        named = named.parent if named.propagate else None


def _is_no_transition(record: logging.LogRecord) -> bool:
    return record.name != TRANSITIONS


def listen() -> None:
    """Connect the lines to what happens."""
    for signal, receiver in RECEIVERS.items():
        signal.connect_ours(receiver, when=is_on)


def _queued(**event: Any) -> None:
    _write("queued", event, state=State.QUEUED)


def _claimed(**event: Any) -> None:
    _write("claimed", event, state=State.CLAIMED)


def _skipped(**event: Any) -> None:
    _write("skipped", event, state=State.SKIPPED)


def _expired(**event: Any) -> None:
    _write("expired", event, **EXPIRED)


def _cancelled(**event: Any) -> None:
    if event["ended"]:
        _write("cancelled", event, state=State.CANCELLED, reason=Reason.CANCELLED)
    else:
        _write("cancel_requested", event, state=State.RUNNING)


def _started(**event: Any) -> None:
    _write("started", event, state=State.RUNNING, late_seconds=_late(event))


def _finished(**event: Any) -> None:
    if name := CLOSED_BY.get(event["closed_by"]):
        _write(name, event, late_seconds=_late(event), duration_ms=_took(event))


def _paused(**event: Any) -> None:
    _write("paused", event)


def _resumed(**event: Any) -> None:
    _write("resumed", event)


RECEIVERS: Mapping[signals.Signal, Callable[..., None]] = {
    signals.run_queued: _queued,
    signals.run_claimed: _claimed,
    signals.run_skipped: _skipped,
    signals.run_expired: _expired,
    signals.run_cancelled: _cancelled,
    signals.attempt_started: _started,
    signals.attempt_finished: _finished,
    signals.job_paused: _paused,
    signals.job_resumed: _resumed,
}

FIELDS = (
    *("job", "run", "run_date", "attempt", "state", "reason", "trigger", "source", "actor", "comment"),
    *("until", "late_seconds", "duration_ms", "trace_id"),
)
"""In this order; one that is empty is left out."""


def _late(event: Mapping[str, Any]) -> float | None:
    """How many seconds after its slot an attempt began; None where a slot is no time: without a schedule."""
    job = find_job(event["job"])
    if event["started_at"] is None or job is None or job.schedule is None:
        return None
    late: timedelta = event["started_at"] - event["run_date"]
    return round(late.total_seconds(), 1)


def _took(event: Mapping[str, Any]) -> int | None:
    if event["started_at"] is None or event["finished_at"] is None:
        return None
    took: timedelta = event["finished_at"] - event["started_at"]
    return round(took.total_seconds() * 1000)


def _write(name: str, event: Mapping[str, Any], **more: Any) -> None:
    """Write a line. A handler is the host's code: what it raises is reported as logging does, and no more."""
    values = {**event, **more, "trace_id": trace_id(event.get("traceparent", ""))}
    told = {key: _plain(values[key]) for key in FIELDS if values.get(key) not in (None, "")}
    if not told.get("attempt"):  # none was made yet
        told.pop("attempt", None)
    extra = {"event": name, **told, loggers.CAPTURED: loggers.NEVER}
    try:
        with elsewhere(), settled():
            logger.info("%s", f"{name} {logfmt(told)}", extra=extra)
    except BaseException as error:
        if stops_the_process(error):
            raise
        loggers.report_fault()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return unbroken(value[:MOST_CHARACTERS]) if isinstance(value, str) else value

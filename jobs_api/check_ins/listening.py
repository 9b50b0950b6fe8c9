"""Notes the beginnings and ends of attempts for every monitor that is configured: receives our signals."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.signals import setting_changed

from jobs_api.check_ins import dead_man, settings
from jobs_api.check_ins.notes import Note, last_part
from jobs_api.check_ins.outbox import Outbox
from jobs_api.execution import process_end
from jobs_api.in_tests import kept_in
from jobs_api.models import State
from jobs_api.monitoring import trigger_counts
from jobs_api.signals import attempt_finished, attempt_started

_outboxes: list[Outbox] = []


def connect() -> None:
    """Listen, if JOBS_API["CHECK_INS"] says so; `apps` calls it where the setting is not empty."""
    _outboxes[:] = [outbox for entry in settings.entries() if (outbox := Outbox(entry)).monitor is not None]
    for signal, receiver in ((attempt_started, started), (attempt_finished, finished)):
        (signal.connect_ours if _outboxes else signal.disconnect_ours)(receiver)
    trigger_counts.after_writing(dead_man.called)
    process_end.do_before(finish)


def started(*, job: str, run: int, run_date: datetime, attempt: int, started_at: datetime, **_: Any) -> None:
    """An attempt begins: receives `attempt_started`."""
    _add(Note(job, run, run_date, attempt, started_at))


def finished(
    *, job: str, run: int, run_date: datetime, attempt: int, started_at: datetime | None, **event: Any
) -> None:
    """An attempt has ended: receives `attempt_finished`. Of one that had not begun nobody has heard."""
    if started_at is None:
        return
    failed = event["state"] != State.SUCCEEDED
    about = {name: event[name] for name in ("finished_at", "state", "reason")}
    if failed:
        about |= {"error": event["error"], "output": last_part(event["output"])}
    _add(Note(job, run, run_date, attempt, started_at, **about))


def _add(note: Note) -> None:
    if kept_in():
        return
    for outbox in _outboxes:
        outbox.add(note)


def finish() -> None:
    """Send what waits before this process ends."""
    for outbox in _outboxes:
        outbox.finish()


def _changed(*, setting: str, **_: Any) -> None:
    if setting == "JOBS_API":
        connect()


setting_changed.connect(_changed)

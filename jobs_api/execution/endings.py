"""Find out from the exception of a command how its attempt ended."""

from __future__ import annotations

import dataclasses
import traceback
from types import TracebackType

from jobs_api.exceptions import RunStopped
from jobs_api.execution.current import CurrentRun
from jobs_api.models import Reason, State
from jobs_api.runs.attempt_log import without_locals
from jobs_api.runs.run_stream import RunStream
from jobs_api.runs.stopping import raiser
from jobs_api.runs.types import Ending

KILLERS = (("gunicorn", "handle_abort"), ("billiard", "soft_timeout_sighandler"))
"""Of `SERVERS`, what one calls that takes a request for too slow, or an engine a task: no shutdown, and
the next attempt would meet it again. uWSGI, uvicorn and hard limits send SIGKILL: such a run is lost."""
CALLERS = ("jobs_api.arguments", "django.core.management", "django.core.management.base")
"""Modules through which we call a command, beside those below two of ours."""
INTERRUPTED = Ending(State.FAILED, Reason.INTERRUPTED, "The process was stopped.")
UNNOTICED = "It ended after its time-out without a call of check(), so where it stood then is not known.\n"
TOO_SLOW = Ending(State.FAILED, Reason.TIMEOUT, "Its server stopped it, because it took too long.")


def of(error: BaseException, stream: RunStream, *, stopping: bool) -> Ending:
    """How an attempt ended that raised `error`; raises nothing itself, whatever was raised.

    Args:
        stopping: see `stops_the_process`.
    """
    if _too_slow(error):
        stream.write(_traceback(error))  # where it was
        return dataclasses.replace(TOO_SLOW, raised=without_locals(error))
    if stopping:
        return INTERRUPTED
    if isinstance(error, SystemExit):
        return _exit(error, stream)
    if isinstance(error, RunStopped):
        return _stopped(error, stream)
    stream.write(_traceback(error))
    return Ending(State.FAILED, Reason.ERROR, _one_line(error), raised=without_locals(error))


def _traceback(error: BaseException) -> str:
    """From the command on: what calls it is the same each time, and would fill the last lines of an alert."""
    try:
        return "".join(traceback.format_exception(type(error), error, _inside(error.__traceback__)))
    except BaseException:  # noqa: BLE001 - also an exception whose parts raise must be recorded
        return f"{type(error).__name__} (its traceback cannot be made)\n"


def _inside(whole: TracebackType | None) -> TracebackType | None:
    """The part of a traceback that begins in the command; all of it, if nothing of it is there."""
    place = whole
    while place is not None and _calls_commands(str(place.tb_frame.f_globals.get("__name__"))):
        place = place.tb_next
    return place or whole


def _calls_commands(module: str) -> bool:
    return module in CALLERS or module.startswith(("jobs_api.execution.", "jobs_api.arguments."))


def _exit(error: SystemExit, stream: RunStream) -> Ending:
    if error.code in (None, 0):
        return Ending(State.SUCCEEDED)
    if isinstance(error.code, int):
        return Ending(State.FAILED, Reason.EXIT, f"The command exited with {error.code}.")
    message = _text(error.code)
    stream.write(f"{message}\n")  # as the interpreter does
    return Ending(State.FAILED, Reason.EXIT, f"The command exited with {message!r}."[:1000])


def _stopped(error: RunStopped, stream: RunStream) -> Ending:
    if error.reason == "cancelled":
        return Ending(State.CANCELLED, Reason.CANCELLED)
    if error.reason == "interrupted":
        return Ending(State.FAILED, Reason.INTERRUPTED, "The process was about to exit.")
    if error.reason != "timeout":
        return Ending(State.FAILED, Reason.LOST, storable(_text(error)))
    stream.write(_traceback(error))  # where it was
    return Ending(State.FAILED, Reason.TIMEOUT, storable(_text(error)), raised=without_locals(error))


def overdue(ending: Ending, current: CurrentRun, timeout: float, stream: RunStream) -> Ending:
    """How an attempt ended whose time was over, whatever its command made of that."""
    if ending.raised is None:
        stood = f"At its time-out it stood here:\n{current.stood}" if current.stood else UNNOTICED
        stream.write(stood)
    text = f"It took longer than {timeout:g} s."
    return Ending(State.FAILED, Reason.TIMEOUT, text, raised=ending.raised)


def _one_line(error: BaseException) -> str:
    return storable(f"{type(error).__name__}: {_text(error)}")


def storable(text: str) -> str:
    """A text that every database stores: at most 1,000 characters, no NUL, no half of a surrogate pair."""
    return text.replace("\x00", "").encode("utf-8", "backslashreplace").decode()[:1000]


def _text(raised: object) -> str:
    try:
        return str(raised)
    except BaseException:  # noqa: BLE001 - whatever a command raises, its end is written
        return "(its text cannot be made)"


def _too_slow(error: BaseException) -> bool:
    """Whether a server uses this exception to end a request that is too slow."""
    return raiser(error) in KILLERS

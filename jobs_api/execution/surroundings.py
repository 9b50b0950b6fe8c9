"""What belongs to the whole process and an inline command may change, such as the working directory.

It is noted when a run begins while none is at work, and put back when none is at work any more. In between,
nobody can say which run has changed something, and another may still need it.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import locale
import logging
import os
import signal
import socket
import sys
import threading
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

from jobs_api.text import loggers

logger = loggers.logger(__name__)


class Unreadable:
    """Stands for what cannot be read here, so that it is not put back."""


class Part(NamedTuple):
    """Something of the process."""

    name: str
    read: Callable[[], Any]
    put_back: Callable[[Any], Any]
    """Is given what `read` has returned; returns False if it must not be done here."""


def _working_directory() -> Any:
    try:
        return os.getcwd()
    except OSError:  # it was deleted
        return Unreadable


def _warnings() -> Any:
    return warnings.filters, warnings.filters[:]


def _put_warnings_back(before: Any) -> bool:
    filters, content = before
    if warnings.filters is not filters:  # of a `catch_warnings` in another thread, which puts its own back
        return False
    warnings.resetwarnings()  # so that what Python remembers of earlier filters is forgotten
    warnings.filters[:] = content
    return True


def _root_logger() -> Any:
    return logging.root.level, logging.root.handlers[:]


def _put_root_logger_back(before: Any) -> None:
    level, logging.root.handlers[:] = before
    logging.root.setLevel(level)


NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGALRM", "SIGUSR1", "SIGUSR2", "SIGCHLD", "SIGPIPE")
SIGNALS = [int(getattr(signal, name)) for name in NAMES if hasattr(signal, name)]
_handler_of = _signal.getsignal  # `signal.getsignal` takes 25 times as long


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


def _signals() -> Any:
    """The handlers, and whether an alarm is set. Only the main thread uses them: the others read nothing."""
    if not _in_main_thread():
        return Unreadable
    return [_handler_of(number) for number in SIGNALS], _has_alarm()


def _has_alarm() -> bool:
    return hasattr(signal, "getitimer") and signal.getitimer(signal.ITIMER_REAL)[0] > 0


def _put_signals_back(before: Any) -> bool:
    if not _in_main_thread():
        return False
    handlers, had_alarm = before
    if not had_alarm and _has_alarm():  # it would end a process that does not handle it
        signal.setitimer(signal.ITIMER_REAL, 0)
    for number, handler in zip(SIGNALS, handlers, strict=True):
        if handler is not None and _handler_of(number) is not handler:  # None: one of C code
            signal.signal(number, handler)
    return True


PARTS = (
    Part("the working directory", _working_directory, os.chdir),
    Part("the default socket timeout", socket.getdefaulttimeout, socket.setdefaulttimeout),
    Part("logging.disable", lambda: logging.root.manager.disable, logging.disable),
    Part("the root logger", _root_logger, _put_root_logger_back),
    Part("the warnings filters", _warnings, _put_warnings_back),
    Part(
        "the locale",
        lambda: locale.setlocale(locale.LC_ALL),
        lambda was: locale.setlocale(locale.LC_ALL, was),
    ),
    Part("the recursion limit", sys.getrecursionlimit, sys.setrecursionlimit),
    Part("signal handlers or an alarm", _signals, _put_signals_back),
)

READERS = [part.read for part in PARTS]

_lock = threading.RLock()  # a signal handler may trigger a job while its thread has it
_jobs: set[str] = set()
"""Of the runs since the process was last without one."""
_at_work = 0
_before: list[Any] = []
_told: set[tuple[str, str]] = set()


class restored:
    """In this block a run is at work; after the last such block, put back what they have changed."""

    __slots__ = ("_job_name",)

    def __init__(self, job_name: str) -> None:
        self._job_name = job_name

    def __enter__(self) -> None:
        _begin(self._job_name)

    def __exit__(self, *error: object) -> None:
        if left_by := _end():
            _tell(*left_by)


def _begin(job_name: str) -> None:
    global _at_work, _before
    with _lock:
        if not _at_work:
            _before = [read() for read in READERS]
            _jobs.clear()
        _at_work += 1
        _jobs.add(job_name)


def _end() -> tuple[str, str] | None:
    """Returns the jobs that have left something behind, and what it was."""
    global _at_work
    with _lock:
        _at_work -= 1
        if _at_work:
            return None
        if [read() for read in READERS] == _before:  # the normal case
            return None
        left = [part.name for part, was in zip(PARTS, _before, strict=True) if _put_back(part, was)]
        return (", ".join(sorted(_jobs)), ", ".join(left)) if left else None


def _put_back(part: Part, was: Any) -> bool:
    """Whether it was changed."""
    if was is Unreadable or part.read() == was:
        return False
    try:
        return part.put_back(was) is not False
    except Exception:  # such as a directory that was deleted
        logger.warning("After a run, %s could not be put back.", part.name, exc_info=True)
        return False


def _tell(jobs: str, left: str) -> None:
    """Once in a process, for each kind: a job leaves the same behind each time."""
    if (jobs, left) not in _told and len(_told) < 1000:
        _told.add((jobs, left))
        logger.warning("The commands of %s have changed %s of their server. It was put back.", jobs, left)


def _forget() -> None:
    """In a forked process: its runs are not those of its parent, nor is the owner of the lock."""
    global _lock, _at_work
    _lock, _at_work = threading.RLock(), 0


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)

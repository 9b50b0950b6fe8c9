"""The part of jobs_api in a Celery worker: one task, and the shutdown of the worker.

`jobs_api.tasks`, which the host's `app.autodiscover_tasks()` imports, imports this module.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from celery import Task, shared_task
from celery.signals import worker_process_shutdown, worker_shutting_down
from celery.worker import state

from jobs_api.conf import config
from jobs_api.database import ERRORS
from jobs_api.execution import drain, process_end
from jobs_api.worker.delivery import deliver

RETRY_SECONDS = 10
EXIT_AFTER = 1
"""Seconds from the end of an attempt until its child exits, if the child got a stop signal meanwhile."""


@shared_task(
    name="jobs_api.attempt",
    bind=True,
    acks_late=True,
    reject_on_worker_lost=True,  # an attempt that is delivered again has already begun, or may begin now
    ignore_result=True,
    max_retries=None,
)
def attempt(task: Task[Any, Any], run_id: int, number: int) -> None:
    """Perform this attempt of a run; the run stores how it ended.

    If the database is away for long, the message is sent again until it expires.
    """
    try:
        with _patient_child():
            # An eager task runs in the request: do not fork a web process.
            deliver(run_id, number, isolated=not task.request.is_eager)
    except ERRORS as error:
        raise task.retry(exc=error, countdown=RETRY_SECONDS) from error


# -- a worker that must stop tells its children ---------------------------------------------------


@contextmanager
def _patient_child() -> Iterator[None]:
    """In a child of a pool, let SIGTERM begin a drain; the child exits only after its attempt.

    Celery's own handler would exit at once and give back the message of a running attempt.
    """
    handler = signal.getsignal(signal.SIGTERM)
    if not getattr(handler, "__module__", "").startswith("billiard") or not _in_main_thread():
        yield
        return

    def stop(*_: object) -> None:
        drain.begin(config().drain_seconds)

    signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, handler)
        if drain.draining():
            drain.forget()  # the signal was for this attempt
            # Not now: the message must be acknowledged first.
            threading.Timer(EXIT_AFTER, os.kill, [os.getpid(), signal.SIGTERM]).start()


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


@worker_shutting_down.connect
def hand_on(**_: Any) -> None:
    """Tell every attempt of this worker that it is about to exit; called by its signal handler.

    Celery lets children finish their work, however long it takes. We send each of our children one SIGTERM,
    also one that begins only now.
    """
    threading.Thread(target=_stop_children, name="jobs_api-drain", daemon=True).start()


def _stop_children() -> None:
    stopped: set[tuple[str, int]] = set()
    while True:  # until the process ends
        for at in set(_at_work()) - stopped:
            stopped.add(at)
            _stop(at[1])
        time.sleep(0.2)


def _at_work() -> Iterator[tuple[str, int]]:
    """The message and the process of every attempt that a child, or this process, is running."""
    with suppress(RuntimeError):  # the set has changed meanwhile: read it again
        for request in list(state.active_requests):
            if request.task.name == attempt.name:
                yield request.id, request.worker_pid


def _stop(pid: int) -> None:
    if pid == os.getpid():  # a pool of threads
        drain.begin(config().drain_seconds)
        return
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)


@worker_process_shutdown.connect
def _do_what_is_left(**_: object) -> None:
    """A child of a pool ends without Python's own exit, such as after its last task."""
    process_end.do_it()

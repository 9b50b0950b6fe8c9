"""Find out whether an exception stops this process, or comes from the called code only."""

from __future__ import annotations

import threading

SERVERS = ("gunicorn", "uvicorn", "uwsgi", "waitress", "celery", "billiard", "django_tasks_db")
"""A SystemExit that comes from one of these is the process being stopped, not the command's exit."""
OWN_EXIT = ("billiard", "exit")
"""What Celery's pool puts in the place of `sys.exit`: whoever called that has raised it."""


def stops_the_process(error: BaseException) -> bool:
    """Whether a server or a signal stops the process: only its main thread gets such an exception.

    Raised elsewhere it belongs to the code that was called; let through, it would end a worker and the runs
    beside it.
    """
    if threading.current_thread() is not threading.main_thread():
        return False
    return isinstance(error, KeyboardInterrupt) or (
        isinstance(error, SystemExit) and raiser(error)[0] in SERVERS
    )


def raiser(error: BaseException) -> tuple[str, str]:
    """The package and the function that raised it: the innermost frame."""
    found, trace = ("", ""), error.__traceback__
    while trace is not None:
        package = trace.tb_frame.f_globals.get("__name__", "").split(".")[0]
        if (package, trace.tb_frame.f_code.co_name) != OWN_EXIT:
            found = package, trace.tb_frame.f_code.co_name
        trace = trace.tb_next
    return found

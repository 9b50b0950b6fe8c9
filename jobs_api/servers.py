"""Let the runs of a server other than gunicorn end in time when it is told to stop.

In asgi.py::

    from jobs_api.servers import draining

    application = draining(get_asgi_application(), seconds=20)

In wsgi.py, after the application::

    from jobs_api.servers import drain_on_sigterm

    drain_on_sigterm(seconds=20)

For gunicorn there are hooks, see `jobs_api.gunicorn`.
This module is imported before Django has loaded the apps.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Awaitable, Callable
from types import FrameType
from typing import Any

from jobs_api.execution import drain

Application = Callable[[Any, Any, Any], Awaitable[None]]
"""What ASGI servers call."""
TICK = 0.1
WRITING_SECONDS = 5
"""How much longer a server without a shutdown of its own stays: commands stop, and their ends are written."""


def drain_on_sigterm(seconds: float) -> None:
    """On SIGTERM, let inline runs continue for `seconds`; then `check()` raises in those that are left.

    A server that has set a handler of its own gets the signal at once, and waits for its requests as it
    always does: give it a few seconds more. A server that has none would be killed by the signal. It goes on
    until no run is left, and ends then.

    Raises:
        ValueError: this is not the main thread: only there a handler can be set.
    """
    theirs = signal.getsignal(signal.SIGTERM)
    if callable(theirs):
        ours = _then(seconds, theirs)
    elif theirs == signal.SIG_DFL:
        ours = _last(seconds)
    else:  # it is ignored, or belongs to a program in C
        return
    signal.signal(signal.SIGTERM, ours)


def draining(application: Application, seconds: float) -> Application:
    """An ASGI application that calls `drain_on_sigterm` when its server first calls it.

    Servers for ASGI set their handlers after they have loaded the application, and would replace ours.
    """
    installed = False

    async def drains(scope: Any, receive: Any, send: Any) -> None:
        nonlocal installed
        if not installed and threading.current_thread() is threading.main_thread():
            installed = True
            drain_on_sigterm(seconds)
        await application(scope, receive, send)

    return drains


def _then(seconds: float, theirs: Any) -> Any:
    def handle(number: int, frame: FrameType | None) -> None:
        drain.begin(seconds)
        theirs(number, frame)

    return handle


def _last(seconds: float) -> Any:
    """A handler that ends the process when its runs have ended."""
    from jobs_api.execution.heartbeat import heartbeat  # needs the models

    idle = threading.Event()

    def handle(number: int, frame: FrameType | None) -> None:
        if idle.is_set():
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        elif not drain.draining():
            drain.begin(seconds)
            threading.Thread(target=wait, args=[number], name="jobs_api-drain", daemon=True).start()

    def wait(number: int) -> None:
        ends = time.monotonic() + seconds + WRITING_SECONDS
        time.sleep(TICK)  # what was about to begin has begun
        while heartbeat.attempts() and time.monotonic() < ends:
            time.sleep(TICK)
        time.sleep(TICK)  # the last response is on its way
        idle.set()
        while True:
            _wake_the_main_thread(number)
            time.sleep(1)

    return handle


def _wake_the_main_thread(number: int) -> None:
    """Send it the signal: only it runs handlers, and one that reaches another thread lets it sleep on."""
    main = threading.main_thread().ident
    if main is not None and hasattr(signal, "pthread_kill"):
        signal.pthread_kill(main, number)
    else:
        os.kill(os.getpid(), number)

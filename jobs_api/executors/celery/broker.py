"""Talk to the host's broker within seconds, and describe in one line what went wrong.

Celery's own ways wait: for a pool, for a retry, for a connection. A request cannot.
"""

from __future__ import annotations

import os
from collections import defaultdict, deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from jobs_api.text import loggers

if TYPE_CHECKING:
    from celery import Celery as App
    from kombu import Connection

logger = loggers.logger(__name__)

STEP_SECONDS = 1
"""The most that one step of talking to a broker may take: the strictest callers give up after five."""

BOUNDED = {
    # Redis
    "socket_connect_timeout": STEP_SECONDS,
    "socket_timeout": STEP_SECONDS,
    # RabbitMQ, which confirms a message only where that is set
    "read_timeout": STEP_SECONDS,
    "write_timeout": STEP_SECONDS,
    "confirm_publish": True,
    # Both: without these, kombu connects for ever
    "max_retries": 0,
    "interval_start": 0,
}
"""The host's transport options are made for its workers, which may wait; these are for a request."""

IDLE_LIMIT = 10

idle_connections: defaultdict[tuple[int, App], deque[Connection]] = defaultdict(deque)
"""Open connections that nobody uses now, per process (a fork must not touch its parent's) and app."""


def through(send: Callable[[Connection], object]) -> None:
    """Send through an idle connection, and once more through a new one if that had died."""
    from celery.app import app_or_default

    app = app_or_default()
    idle = idle_connections[os.getpid(), app]
    try:
        connection = idle.pop()
        send(connection)
    except IndexError:
        connection = _send_anew(app, send)
    except Exception:  # noqa: BLE001 - its broker was restarted, a router forgot it, ...
        idle.clear()  # the other idle ones are dead too
        connection = _send_anew(app, send)
    if len(idle) < IDLE_LIMIT:
        idle.append(connection)


def _send_anew(app: App, send: Callable[[Connection], object]) -> Connection:
    """Send through a new connection, to the first broker that takes it where the host names several."""
    connection = connect(app)
    for _ in connection.alt[1:]:
        try:
            send(connection)
        except Exception:  # noqa: BLE001 - whatever it is, the next may be well
            connection.maybe_switch_next()
        else:
            return connection
    send(connection)
    return connection


def connect(app: App) -> Connection:
    """A connection of our own, by the host's settings, but with our time-outs; it connects on use."""
    return app.connection_for_write(connect_timeout=STEP_SECONDS, transport_options=BOUNDED)


def described(error: BaseException) -> str:
    """The error in one line, by its class and by the message of the system or the server.

    Its own text is left out: drivers quote the URL, and the URL has the password.
    """
    text, inner = "", error.__cause__ or error
    name = type(inner).__name__  # kombu wraps what its drivers raise
    following: BaseException | None = inner
    while following is not None and not text:
        if isinstance(following, TimeoutError):
            text = "no answer in time"
        text = text or str(getattr(following, "strerror", "") or getattr(following, "reply_text", ""))
        following = following.__cause__ or following.__context__
    return f"{name}, {text.splitlines()[0]}" if text else name


def revoke(task_id: str) -> None:
    """Let every worker throw this task's message away; only logs where that fails."""
    from celery.app import app_or_default

    try:
        app = app_or_default()
        with connect(app) as connection:
            app.control.revoke(task_id, connection=connection)
    except Exception as error:  # noqa: BLE001 - nothing relies on it: a cancelled attempt cannot begin
        logger.warning("Task %s could not be revoked: %s.", task_id, described(error))

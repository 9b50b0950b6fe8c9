"""Send to the host's broker within seconds, and describe an error in one line.

Celery's own functions wait for a pool, for a retry or for a connection. A request cannot wait for these.
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
"""The limit for one step of the communication with a broker: the strictest callers give up after five."""

BOUNDED = {
    # Redis
    "socket_connect_timeout": STEP_SECONDS,
    "socket_timeout": STEP_SECONDS,
    # RabbitMQ, which confirms a message only with this option
    "read_timeout": STEP_SECONDS,
    "write_timeout": STEP_SECONDS,
    "confirm_publish": True,
    # Both: without these, kombu connects without end
    "max_retries": 0,
    "interval_start": 0,
}
"""Transport options for a request; the host's own are for its workers, which may wait."""

IDLE_LIMIT = 10

idle_connections: defaultdict[tuple[int, App], deque[Connection]] = defaultdict(deque)
"""Idle open connections, per app and process (a fork must not use its parent's)."""


def through(send: Callable[[Connection], object]) -> None:
    """Send through an idle connection; if that is dead, send again through a new one."""
    from celery.app import app_or_default

    app = app_or_default()
    idle = idle_connections[os.getpid(), app]
    try:
        connection = idle.pop()
        send(connection)
    except IndexError:
        connection = _send_anew(app, send)
    except Exception:  # noqa: BLE001 - the broker was restarted, a router dropped it, ...
        idle.clear()  # the other idle connections are dead, too
        connection = _send_anew(app, send)
    if len(idle) < IDLE_LIMIT:
        idle.append(connection)


def _send_anew(app: App, send: Callable[[Connection], object]) -> Connection:
    """Send through a new connection; with several brokers, to the first one that accepts the message."""
    connection = connect(app)
    for _ in connection.alt[1:]:
        try:
            send(connection)
        except Exception:  # noqa: BLE001 - whatever it is, the next broker may work
            connection.maybe_switch_next()
        else:
            return connection
    send(connection)
    return connection


def connect(app: App) -> Connection:
    """Our own connection by the host's settings, but with our timeouts; it connects on first use."""
    return app.connection_for_write(connect_timeout=STEP_SECONDS, transport_options=BOUNDED)


def described(error: BaseException) -> str:
    """The error in one line, by its class and by the message of the system or the server.

    The error's own text is not used: drivers quote the URL, and the URL contains the password.
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
    """Let every worker discard this task's message; a failure is only logged."""
    from celery.app import app_or_default

    try:
        app = app_or_default()
        with connect(app) as connection:
            app.control.revoke(task_id, connection=connection)
    except Exception as error:  # noqa: BLE001 - nothing depends on it: a cancelled attempt cannot begin
        logger.warning("Task %s could not be revoked: %s.", task_id, described(error))

"""The servers: how each is started, and what it is known to do."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

WSGI, ASGI = "tools.servers.host.wsgi:application", "tools.servers.host.asgi:application"
GRACE = 5
"""Seconds that a server gives to requests in progress when it is told to stop."""
GUNICORN = ("gunicorn", "--config", "{root}/gunicorn.conf.py", "--workers", "2", "--worker-class")
DRAINS = {"DRAIN": str(GRACE - 2)}
"""The application calls `drain_on_sigterm`."""
CLOSE = {"CONN_MAX_AGE": "0"}
"""Where every request has a thread or greenlet of its own, a connection must not outlive it."""
FINISHED, BACK, LOST = "finished", "handed back", "lost"


@dataclasses.dataclass(frozen=True)
class Server:
    """One line of the table."""

    name: str
    command: tuple[str, ...]
    """The module that runs it, and its arguments; {port} and {root} are put in."""
    needs: tuple[str, ...] = ()
    """Modules that must be there."""
    env: Mapping[str, str] = dataclasses.field(default_factory=dict)
    program: bool = False
    """Whether the first word is a program and not a module."""
    chunks: str = "200"
    """The status of a body in chunks."""
    lease: str = "kept"
    """What becomes of the lease of a command that takes longer."""
    stop: tuple[str, str] = (FINISHED, BACK)
    """What SIGTERM does to an inline command that ends soon, and to one that only checks whether to end."""

    hangs_up: bool = False
    """Whether it may close connections before their responses when it stops."""

    def known(self) -> dict[str, str]:
        """What the columns of the table must say."""
        same = {
            "output": "kept",
            "token": "arrives",
            "repeat": "202",
            "hang-up": FINISHED,
            "subprocess": FINISHED,
        }
        short, long = self.stop
        return {**same, "chunks": self.chunks, "lease": self.lease, "short": short, "long": long}


def uwsgi(name: str, *options: str, **fields: object) -> Server:
    """uWSGI with an HTTP router of its own."""
    fixed = ("uwsgi", "--http", "127.0.0.1:{port}", "--module", WSGI, "--master", "--processes", "2")
    return Server(name, (*fixed, *options), needs=("pyuwsgi",), program=True, chunks="411", **fields)  # type: ignore[arg-type]


def asgi(name: str, *command: str, needs: str, **fields: object) -> Server:
    """A server for ASGI."""
    return Server(name, command, needs=(needs,), **{"env": CLOSE, **fields})  # type: ignore[arg-type]


SERVERS = (
    Server("gunicorn gthread", (*GUNICORN, "gthread", WSGI)),
    Server("gunicorn sync", (*GUNICORN, "sync", "--threads", "1", WSGI)),
    Server("gunicorn gevent", (*GUNICORN, "gevent", WSGI), needs=("gevent",), env=CLOSE),
    asgi("gunicorn asgi", *GUNICORN, "asgi", ASGI, needs="gunicorn"),
    asgi(
        "gunicorn + uvicorn",
        *(*GUNICORN, "uvicorn_worker.UvicornWorker", ASGI),
        needs="uvicorn_worker",
        env=CLOSE | DRAINS,
    ),
    asgi(
        "uvicorn",
        *("uvicorn", ASGI, "--port", "{port}", "--workers", "2"),
        *("--timeout-graceful-shutdown", str(GRACE)),
        needs="uvicorn",
        env=CLOSE | DRAINS,
    ),
    asgi(
        "hypercorn",
        *("hypercorn", ASGI, "--bind", "127.0.0.1:{port}", "--workers", "0"),
        *("--graceful-timeout", str(GRACE)),
        needs="hypercorn",
        env=CLOSE | DRAINS,
    ),
    asgi(
        "daphne",
        *("daphne", "--port", "{port}", ASGI),
        needs="daphne",
        env=CLOSE | DRAINS,
        hangs_up=True,
    ),
    Server(
        "waitress",
        ("waitress", "--listen", "127.0.0.1:{port}", "--threads", "8", WSGI),
        needs=("waitress",),
        env=DRAINS,
    ),
    uwsgi(
        "uWSGI",
        *("--threads", "8", "--lazy-apps", "--http-timeout", "3600", "--worker-reload-mercy", str(GRACE)),
        *("--hook-master-start", "unix_signal:15 gracefully_kill_them_all"),
        stop=(FINISHED, LOST),
    ),
    uwsgi("uWSGI as it comes", stop=(LOST, LOST)),
    Server(
        "eventlet",
        ("tools.servers.host.with_eventlet",),
        needs=("eventlet",),
        env=CLOSE,
        chunks="411",
        lease="lost",
        stop=(LOST, LOST),
    ),
)

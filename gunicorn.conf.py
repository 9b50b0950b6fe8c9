"""Read by gunicorn from the directory it starts in."""

import os
from pathlib import Path

# A worker that is told to stop asks its runs to end in time, and is not ready any more meanwhile.
from jobs_api.gunicorn import (  # noqa: F401 - gunicorn looks for them here
    on_exit,
    post_worker_init,
    when_ready,
    worker_exit,
)

# A platform that assigns PORT routes to it from outside; by hand, stay on the loopback.
bind = "{}:{}".format(
    os.environ.get("HOST", "0.0.0.0" if "PORT" in os.environ else "127.0.0.1"),  # noqa: S104
    os.environ.get("PORT", "8000"),
)

# Threads, because a job may run inside its request: its lease is renewed by another thread meanwhile,
# and a time-out or shutdown does not raise SystemExit in the middle of the command as sync workers do.
worker_class = "gthread"
# Two: when one dies or hangs with a job, the other still answers duplicates and health checks.
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
# Each inline job holds a thread as long as it runs; workers x threads is also how many database
# connections the web service may keep.
threads = int(os.environ.get("WEB_THREADS", "8"))

# Not a limit for requests: gthread reports from its main loop. It ends a worker that code
# holding the GIL has frozen.
timeout = 60
# How long requests may finish at shutdown; runs are asked to stop a fifth of it before the end. Below
# the 30 s after which most platforms kill, so that what is interrupted can still be recorded; raise
# both together.
graceful_timeout = int(os.environ.get("GRACEFUL_TIMEOUT", "25"))
# Longer than the 60 s after which common proxies drop an idle connection: the side that sends
# requests should close, or a POST meets a closing socket and is lost.
keepalive = 75
# No recycling: it would interrupt inline jobs. A job that leaks memory belongs in a process of its own.
max_requests = 0
# Workers prove that they live by touching a file; on a busy disk that can block, in memory it cannot.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
# Nothing here uses the control socket, and it would leave files in the home directory.
control_socket_disable = True

accesslog = "-"  # tokens travel in headers, so lines with URLs hold no secret
errorlog = "-"

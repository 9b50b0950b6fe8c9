"""A real gunicorn on a free port, with the test's database, and its end."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import urllib3
from django.conf import settings
from urllib3.exceptions import HTTPError

from tests.jobs_api.management.processes import environment, manage

SECRET = "cron-secret-of-the-whole-app-4f1d0c6be2a84c0f9d35a7b8"
DEPLOYED = {
    "DJANGO_SETTINGS_MODULE": "tests.crm.whole.settings",
    "SECRET_KEY": "secret-key-of-the-whole-app-that-is-long-enough-for-all-checks",
    "ALLOWED_HOSTS": "127.0.0.1",
    "CRON_SECRET": SECRET,
    "TIME_ZONE": "UTC",
    "WEB_CONCURRENCY": "1",
    "CRM_GRAPHQL_URL": "",
    "CRM_REPORT_RECIPIENTS": "boss@example.com",
    "CRM_CURRENCY": "usd",
    "CRM_MODERATION_URL": "",
    "STRIPE_API_KEY": "",
}
"""Whatever the machine has set: nobody outside is asked."""


def deployed(folder: Path, **more: str) -> dict[str, str]:
    """Environment variables of a deployment that writes to `folder` only."""
    folders = {"WHOLE_FOLDER": folder, "CRM_LOG_DIR": folder / "log", "CRM_ARCHIVE_DIR": folder / "archive"}
    return {**DEPLOYED, **{name: str(path) for name, path in folders.items()}, **more}


def command(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run manage.py in the deployment."""
    return manage(*arguments, **deployed(folder, **more))


@contextmanager
def serve(folder: Path, *options: str, **more: str) -> Iterator[str]:
    """Serve meanwhile; yields the address. `options` are gunicorn's; `{url}` in a variable is the address."""
    with socket.create_server(("127.0.0.1", 0)) as listener, (folder / "server.log").open("a") as log:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        more = {name: value.replace("{url}", url) for name, value in more.items()}
        # It takes over a socket that listens already: no port to lose to somebody else.
        options = (*options, "--bind", f"fd://{listener.fileno()}")
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "settings.wsgi:application", *options],
            cwd=settings.BASE_DIR,
            env=environment(**deployed(folder, **more)),
            stdout=log,
            stderr=log,
            pass_fds=[listener.fileno()],
            start_new_session=True,  # a process group of its own, to be ended as a whole
        )
    try:
        _wait_until_ready(process, url, Path(log.name))
        yield url
    finally:
        _stop(process)


def _wait_until_ready(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    give_up = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < give_up:
        with suppress(HTTPError):
            if _status(f"{url}/api/health/ready") == 200:
                return
        time.sleep(0.05)
    raise AssertionError(f"The server did not start:\n{log.read_text()[-5000:]}")


def _status(url: str) -> int:
    headers = {"Connection": "close"}  # an idle one would hold up the server's end
    return urllib3.request("GET", url, headers=headers, timeout=10, retries=False).status


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End it, the easy way first; nothing of it is left when this returns."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=5)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # workers too: they are in its group
    process.wait()

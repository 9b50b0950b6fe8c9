"""Real processes: manage.py as a crontab or a person runs it, on the database of the test."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from django.conf import settings
from django.db import connection

MANAGE = Path(settings.BASE_DIR, "manage.py")


def environment(**more: str) -> dict[str, str]:
    """Another process's environment, so that it finds this test's database and the jobs of `host`."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        url = f"sqlite:///{quote(name)}"
    else:
        url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
    ours = {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.jobs_api.management.settings"}
    return {**os.environ, **ours, "PYTHONFAULTHANDLER": "1", **more}


def manage(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run manage.py to its end."""
    return subprocess.run(_line(arguments), env=environment(**more), timeout=60, **_TEXT)


def started(*arguments: str, **more: str) -> subprocess.Popen[str]:
    """Start manage.py."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "cwd": settings.BASE_DIR}
    return subprocess.Popen(_line(arguments), env=environment(**more), **pipes)


def stopped(process: subprocess.Popen[str], number: signal.Signals, *, within: float) -> str:
    """Send the signal, and wait for the end; returns what was written to standard error.

    A process that does not end is aborted, so that the failure shows where each of its threads stands.
    """
    process.send_signal(number)
    try:
        return process.communicate(timeout=within)[1]
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGABRT)
        said = process.communicate(timeout=10)
        pytest.fail(f"It did not end in {within:g} s. {''.join(said)}")


_TEXT: dict[str, Any] = {"capture_output": True, "text": True, "cwd": settings.BASE_DIR}


def _line(arguments: tuple[str, ...]) -> list[str]:
    return [sys.executable, str(MANAGE), *arguments]

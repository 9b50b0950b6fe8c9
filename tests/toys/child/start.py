"""The parent's side: start a child, let it go on, read what the toys have written."""

from __future__ import annotations

import atexit
import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db import connection

from jobs_api import Job


def start(
    *command: str,
    jobs: Iterable[Job],
    hook: str = "",
    two_steps: bool = False,
    jobs_api: dict[str, Any] | None = None,
) -> subprocess.Popen[str]:
    """``manage.py *command`` in a process of its own, on the test's database."""
    hooks = {"TOY_HOOK": hook, "TOY_TWO_STEPS": "1" if two_steps else ""}
    child = subprocess.Popen(
        [sys.executable, "manage.py", *command],
        cwd=settings.BASE_DIR,
        env={**environment(jobs, jobs_api), **hooks},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    atexit.register(child.kill)  # where a test fails, its children do not stay
    return child


def environment(jobs: Iterable[Job], jobs_api: dict[str, Any] | None = None) -> dict[str, str]:
    """What a process needs to find this test's database, jobs and settings."""
    return {
        **os.environ,
        **_database(),
        "DJANGO_SETTINGS_MODULE": "tests.toys.child.settings",
        "TOY_JOBS": json.dumps([_fields(job) for job in jobs]),
        "TOY_JOBS_API": json.dumps(jobs_api or {}),
    }


def _database() -> dict[str, str]:
    name = str(connection.settings_dict["NAME"])
    urls = {"DATABASE_URL": f"sqlite:///{quote(name)}"} if connection.vendor == "sqlite" else {}
    return {**urls, "TOY_DATABASE": name}


def _fields(job: Job) -> dict[str, Any]:
    fields = {field.name: getattr(job, field.name) for field in dataclasses.fields(job)}
    return {**fields, "params": job.params and f"{job.params.__module__}:{job.params.__qualname__}"}


def reached(child: subprocess.Popen[str]) -> None:
    """Return when the child waits at its hook."""
    assert child.stdout
    line = child.stdout.readline()
    assert line == "reached\n", (line, child.communicate()[1])


def go_on(child: subprocess.Popen[str]) -> None:
    """Let it go on."""
    assert child.stdin
    child.stdin.write("\n")
    child.stdin.flush()


def ledger(path: Path) -> list[tuple[int, str]]:
    """What the toy's runs have written, as (attempt, event); empty if none has."""
    if not path.exists():
        return []
    return [(int(line.split()[2]), line.split()[3]) for line in path.read_text().splitlines()]

"""procrastinate: `manage.py procrastinate worker`; its queue is the PostgreSQL database of the scene."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator

from tools.chaos.services import Service
from tools.schedulers.scene import Scene
from tools.schedulers.system import System

LEFT = """
from procrastinate.contrib.django.models import ProcrastinateJob as Job
print(Job.objects.exclude(status__in=("succeeded", "todo", "doing")).count(),
      Job.objects.filter(attempts__gt=1).count())
"""


def services(scene: Scene) -> Iterator[Service]:
    """One worker, which runs the periodic tasks, too."""
    command = [sys.executable, "-m", "django", "procrastinate", "worker", "--concurrency", "2"]
    yield scene.service("worker", command, answers=scene.says("worker", "Starting worker"))


def afterwards(scene: Scene) -> Iterable[str]:
    """A failed job is no failed job of procrastinate's, and is not tried again by it."""
    found = scene.manage("shell", "--command", LEFT).split()[-2:]
    return [] if found == ["0", "0"] else [f"jobs that failed, and that were tried again: {found}"]


def usable() -> str:
    """Why it cannot be tried."""
    return "" if os.environ.get("DATABASE_URL", "").startswith("postgres") else "it needs PostgreSQL"


system = System(
    title="procrastinate (worker)",
    source="procrastinate",
    services=services,
    afterwards=afterwards,
    run_due=True,
    apps=("procrastinate.contrib.django",),
    usable=usable,
    settings="tools.schedulers.host.engines.settings",
    env={"HOST_ENGINE": "procrastinate"},
)

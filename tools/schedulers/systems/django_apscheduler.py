"""django-apscheduler: APScheduler 3 with its jobs and their executions in the host's database."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from tools.chaos.services import Service
from tools.schedulers.scene import Scene
from tools.schedulers.system import System

EXECUTED = """
from django_apscheduler.models import DjangoJobExecution
print(*DjangoJobExecution.objects.order_by("status").values_list("status", flat=True).distinct())
"""


def services(scene: Scene) -> Iterator[Service]:
    """One process."""
    command = [sys.executable, "-m", "tools.schedulers.host.run_apscheduler", "django"]
    yield scene.service("scheduler", command, answers=scene.says("scheduler", "jobs are added"))


def afterwards(scene: Scene) -> Iterable[str]:
    """Its table of executions has no error: a failed job is ours to tell."""
    found = scene.manage("shell", "--command", EXECUTED).split("\n")[-2:]
    if "Executed" not in found:
        yield f"its executions are {found}"


system = System(
    title="django-apscheduler",
    source="django-apscheduler",
    services=services,
    afterwards=afterwards,
    run_due=True,
    apps=("django_apscheduler", "django.contrib.auth", "django.contrib.contenttypes"),
)

"""django-background-tasks: `manage.py process_tasks`, with repeating rows for the jobs and for run-due."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from tools.chaos.services import Service
from tools.schedulers.scene import Scene
from tools.schedulers.system import System

ROWS = """
from background_task.models import CompletedTask, Task
print(CompletedTask.objects.filter(failed_at__isnull=False).count(),
      Task.objects.filter(attempts__gt=0).count(), Task.objects.count())
"""


SYNC = ("jobs_sync", "django-background-tasks", "--only", "tick_*")


def prepare(scene: Scene) -> Iterable[str]:
    """The rows; once more changes none."""
    scene.manage(*SYNC)
    scene.manage(*SYNC, "--check")
    return ()


def services(scene: Scene) -> Iterator[Service]:
    """One worker, with one thread."""
    command = [sys.executable, "-m", "django", "process_tasks", "--sleep", "1"]
    yield scene.service("process_tasks", command)


def afterwards(scene: Scene) -> Iterable[str]:
    """A failed job is no failed task, and each row still repeats."""
    found = scene.manage("shell", "--command", ROWS).split()[-3:]
    if found != ["0", "0", "3"]:
        yield f"tasks that failed, that are tried again, and rows: {found}"


system = System(
    title="django-background-tasks (process_tasks)",
    source="django-background-tasks",
    services=services,
    prepare=prepare,
    afterwards=afterwards,
    run_due=True,
    apps=("django.contrib.contenttypes", "background_task"),
    settings="tools.schedulers.host.engines.settings",
    env={"HOST_ENGINE": "django_background_tasks"},
)

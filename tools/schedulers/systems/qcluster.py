"""django-q2: rows that `jobs_sync` writes, fired by `manage.py qcluster`; its broker is the database."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from tools.chaos.services import Service
from tools.schedulers.scene import Scene
from tools.schedulers.system import System

SYNC = ("jobs_sync", "django-q2", "--only", "tick_*", "--run-due-every", "1m")
RESULTS = """
from django_q.models import Failure, Success
print(Failure.objects.count(), Success.objects.filter(attempt_count__gt=1).count())
print(*Success.objects.order_by("started").values_list("result", flat=True))
"""


def prepare(scene: Scene) -> Iterable[str]:
    """The rows; once more changes none."""
    scene.manage(*SYNC)
    scene.manage(*SYNC, "--check")
    return ()


def services(scene: Scene) -> Iterator[Service]:
    """A cluster of two workers."""
    command = [sys.executable, "-m", "django", "qcluster"]
    yield scene.service("qcluster", command, answers=scene.says("qcluster", "running"))


def afterwards(scene: Scene) -> Iterable[str]:
    """A failed job is a task that succeeded, once."""
    counts, results = scene.manage("shell", "--command", RESULTS).strip().split("\n")[-2:]
    if counts != "0 0":
        yield f"tasks that failed, and that were done again: {counts}"
    if "failed: " not in results:  # by the task of the job, or that of run-due
        yield f"no result tells of the failed job: {results[:200]}"


system = System(
    title="django-q2 (qcluster)",
    source="django-q2",
    services=services,
    prepare=prepare,
    afterwards=afterwards,
    run_due=True,
    steady=True,
    late=48,
    apps=("django_q",),
)

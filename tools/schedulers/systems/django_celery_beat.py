"""django-celery-beat: rows that `jobs_sync` writes, read by its own scheduler."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tools.chaos.services import Service
from tools.schedulers.common import celery
from tools.schedulers.scene import Scene
from tools.schedulers.system import System

SYNC = ("jobs_sync", "django-celery-beat", "--only", "tick_*", "--run-due-every", "1m")


def prepare(scene: Scene) -> Iterable[str]:
    """The rows; once more changes none."""
    scene.manage(*SYNC)
    scene.manage(*SYNC, "--check")
    return ()


def services(scene: Scene) -> Iterator[Service]:
    """Beat looks at its tables every five seconds."""
    return celery.services(scene, "--scheduler", "django_celery_beat.schedulers:DatabaseScheduler")


system = System(
    title="django-celery-beat",
    source="django-celery-beat",
    services=services,
    prepare=prepare,
    afterwards=celery.afterwards,
    run_due=True,
    steady=True,
    apps=("django_celery_beat",),
)

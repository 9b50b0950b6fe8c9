"""A broker, a worker and a beat."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from tools.chaos.services import Service, valkey
from tools.schedulers.scene import Scene

CELERY = [sys.executable, "-m", "celery", "-A", "tools.schedulers.host.celery_app"]


def services(scene: Scene, *beat: str) -> Iterator[Service]:
    """The worker has one process: a task that waited for a run by Celery would wait for itself."""
    yield valkey(scene.ports[0], folder=scene.folder, network=None)
    worker = [*CELERY, "worker", "--concurrency", "1", "--loglevel", "INFO", "--without-gossip"]
    yield scene.service("worker", worker, answers=scene.says("worker", " ready."))
    command = [*CELERY, "beat", "--loglevel", "INFO", "--pidfile=", *beat]
    yield scene.service("beat", command, answers=scene.says("beat", "beat: Starting..."))


def afterwards(scene: Scene) -> Iterable[str]:
    """Celery takes a failed job for a task that succeeded, and shows what came of it."""
    log = (scene.folder / "worker.log").read_text()
    if "'failed: " not in log:  # by the task of the job, or that of run-due
        yield "the worker's log does not tell of the failed job"
    for word in ("Retry in", "raised unexpected", "WorkerLostError"):
        if word in log:
            yield f"the worker's log has {word!r}"

"""dramatiq-crontab: its scheduler, a Valkey as broker, and a worker of dramatiq."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from tools.chaos.services import Service, valkey
from tools.schedulers.scene import Scene
from tools.schedulers.system import System


def services(scene: Scene) -> Iterator[Service]:
    """The broker, a worker with one process, and the scheduler."""
    yield valkey(scene.ports[0], folder=scene.folder, network=None)
    words = ["tools.schedulers.host.engines.worker", "--processes", "1", "--threads", "2"]
    worker = [sys.executable, "-m", "dramatiq", *words]
    yield scene.service("worker", worker, answers=scene.says("worker", "Worker process is ready"))
    command = [sys.executable, "-m", "django", "crontab", "--no-heartbeat"]
    yield scene.service("scheduler", command, answers=scene.says("scheduler", "Scheduler started"))


def afterwards(scene: Scene) -> Iterable[str]:
    """A failed job is no failed message, and is not sent again."""
    log = (scene.folder / "worker.log").read_text()
    return [f"the worker's log has {word!r}" for word in ("Retrying", "Failed to process") if word in log]


system = System(
    title="dramatiq-crontab (crontab, dramatiq)",
    source="dramatiq-crontab",
    services=services,
    afterwards=afterwards,
    run_due=True,
    steady=True,
    apps=("dramatiq_crontab",),
    settings="tools.schedulers.host.engines.settings",
    env={"HOST_ENGINE": "dramatiq_crontab"},
)

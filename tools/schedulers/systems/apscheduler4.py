"""APScheduler 4, an alpha, from .venv-schedulers: it tells the time for which a job was scheduled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tools.chaos.services import Service
from tools.schedulers.scene import PYTHON, Scene
from tools.schedulers.system import System


def prepare(scene: Scene) -> Iterable[str]:
    """What tests ask the other bridges."""
    scene.run([PYTHON, "-m", "tools.schedulers.host.check_apscheduler4"])
    return ()


def services(scene: Scene) -> Iterator[Service]:
    """One process."""
    command = [PYTHON, "-m", "tools.schedulers.host.run_apscheduler", "4"]
    yield scene.service("scheduler", command, answers=scene.says("scheduler", "jobs are added"))


system = System(
    title="APScheduler 4.0.0a6",
    source="apscheduler",
    services=services,
    prepare=prepare,
    run_due=True,
)

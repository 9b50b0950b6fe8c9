"""APScheduler 3, in a process of its own, with a trigger object that asks for our next slot."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from tools.chaos.services import Service
from tools.schedulers.scene import Scene
from tools.schedulers.system import System


def services(scene: Scene) -> Iterator[Service]:
    """One process."""
    command = [sys.executable, "-m", "tools.schedulers.host.run_apscheduler", "3"]
    yield scene.service("scheduler", command, answers=scene.says("scheduler", "jobs are added"))


system = System(title="APScheduler 3", source="apscheduler", services=services, run_due=True)

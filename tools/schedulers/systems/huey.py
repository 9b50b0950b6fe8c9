"""huey: `manage.py run_huey` with a queue in a SQLite file."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator

from tools.chaos.services import Service
from tools.schedulers.scene import Scene
from tools.schedulers.system import System


def services(scene: Scene) -> Iterator[Service]:
    """huey looks once a minute, counted from its start: so it starts early in one."""
    if time.time() % 60 > 20:
        time.sleep(60 - time.time() % 60)
    command = [sys.executable, "-m", "django", "run_huey", "--workers", "2"]
    yield scene.service("huey", command, answers=scene.says("huey", "jobs_api_run-due"))


def afterwards(scene: Scene) -> Iterable[str]:
    """A failed job is no failed task, and is not tried again by huey."""
    log = (scene.folder / "huey.log").read_text()
    return [f"its log has {word!r}" for word in ("Unhandled exception", "Requeueing") if word in log]


system = System(
    title="huey (run_huey)",
    source="huey",
    services=services,
    afterwards=afterwards,
    run_due=True,
    late=45,
    apps=("huey.contrib.djhuey",),
    settings="tools.schedulers.host.engines.settings",
    env={"HOST_ENGINE": "huey"},
)

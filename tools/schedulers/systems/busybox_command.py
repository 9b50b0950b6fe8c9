"""busybox crond with a crontab whose lines run manage.py."""

from __future__ import annotations

from collections.abc import Iterator

from tools.chaos.services import Service
from tools.schedulers import crons
from tools.schedulers.scene import Scene, program
from tools.schedulers.system import System


def prepare(scene: Scene) -> Iterator[str]:
    """The crontab of root."""
    log = scene.folder / "cron-lines.log"
    text = crons.exported(scene, "crontab-busybox", *crons.COMMANDS, log=str(log))
    crons.folder(scene, "crontabs", root=text)
    if scene.secret in text:
        yield "the secret is in the crontab"


def services(scene: Scene) -> Iterator[Service]:
    """The daemon takes its folder as an option."""
    log = scene.folder / "crond.log"
    yield scene.service(
        "cron", [program("busybox"), "crond", "-f", "-L", log, "-c", scene.folder / "crontabs"]
    )


system = System(
    title="busybox crond, manage.py lines",
    source="crontab-busybox",
    prepare=prepare,
    services=services,
    afterwards=crons.kept,
    debian=("busybox-static",),
    usable=crons.private,
    run_due=True,
)

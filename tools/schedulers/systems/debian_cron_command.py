"""Debian's cron with a file in /etc/cron.d: lines that run manage.py, with a user as sixth field."""

from __future__ import annotations

from collections.abc import Iterator

from tools.chaos.services import Service
from tools.schedulers import crons
from tools.schedulers.scene import Scene
from tools.schedulers.system import System

SOURCE = "crontab"


def prepare(scene: Scene) -> Iterator[str]:
    """The file, which may be read by all: it holds no secret."""
    log = scene.folder / "cron-lines.log"
    text = crons.exported(scene, "crontab", *crons.COMMANDS, user="root", log=str(log))
    crons.folder(scene, "cron.d", jobs_api=text)
    if scene.secret in text or scene.env["DATABASE_URL"] in text:
        yield "the crontab holds a secret"


def services(scene: Scene) -> Iterator[Service]:
    """The daemon."""
    places = {
        "/var/spool/cron/crontabs": crons.folder(scene, "crontabs"),
        "/etc/cron.d": scene.folder / "cron.d",
    }
    yield crons.alone(scene, places, ["cron", "-f", "-L", "15"])


system = System(
    title="Debian cron, manage.py lines",
    source=SOURCE,
    prepare=prepare,
    services=services,
    afterwards=crons.kept,
    debian=("cron",),
    usable=crons.private,
    run_due=True,
)

"""Debian's cron with the crontab of a user: lines that call by curl."""

from __future__ import annotations

from collections.abc import Iterator

from tools.chaos.services import Service
from tools.schedulers import crons
from tools.schedulers.scene import Scene
from tools.schedulers.system import System


def prepare(scene: Scene) -> Iterator[str]:
    """Cron reads the file before it is installed."""
    text = crons.exported(scene, "crontab", *crons.called(scene), log=str(scene.folder / "cron-lines.log"))
    crons.folder(scene, "crontabs", root=text)
    scene.run(["crontab", "-n", scene.folder / "crontabs/root"])
    if scene.secret in text:
        yield "the secret is in the crontab"


def services(scene: Scene) -> Iterator[Service]:
    """The daemon."""
    places = {
        "/var/spool/cron/crontabs": scene.folder / "crontabs",
        "/etc/cron.d": crons.folder(scene, "cron.d"),
    }
    yield crons.alone(scene, places, ["cron", "-f", "-L", "15"])


system = System(
    title="Debian cron, curl lines",
    source="crontab",
    prepare=prepare,
    services=services,
    afterwards=crons.kept,
    debian=("cron", "curl"),
    usable=crons.private,
    run_due=True,
)

"""django-crontab: `manage.py crontab add` into a real cron of Debian's, which reads a folder of the scene."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from tools.chaos.services import Service
from tools.schedulers import crons
from tools.schedulers.scene import Scene
from tools.schedulers.system import System

CRONTAB = """#!/bin/sh
# Stands for crontab(1), whose own folder is not that of the scene.
case "$1" in
-l) cat {table} 2>/dev/null ;;
*) crontab -n "$1" && cat "$1" > {table} ;;
esac
"""


def prepare(scene: Scene) -> Iterator[str]:
    """`crontab add`, twice as in two deploys: the second time changes nothing."""
    table = crons.folder(scene, "crontabs", root="") / "root"
    program = scene.folder / "crontab"
    program.write_text(CRONTAB.format(table=table))
    program.chmod(0o700)
    crons.env_file(scene)
    texts = []
    for _ in range(2):
        scene.manage("crontab", "add", "-v", "0")
        texts.append(table.read_text())
    if texts[0] != texts[1] or texts[0].count("crontab run") != len(scene.jobs) + 1:
        yield f"crontab add wrote {texts}"


def services(scene: Scene) -> Iterator[Service]:
    """The daemon."""
    places = {
        "/var/spool/cron/crontabs": scene.folder / "crontabs",
        "/etc/cron.d": crons.folder(scene, "cron.d"),
    }
    yield crons.alone(scene, places, ["cron", "-f", "-L", "15"])


def afterwards(scene: Scene) -> Iterable[str]:
    """The library logs nothing: what failed is on record here."""
    log = scene.folder / "cron-lines.log"
    text = log.read_text(errors="replace") if log.exists() else ""
    return [f"its log has {word!r}" for word in ("Failed to complete", "No job with hash") if word in text]


system = System(
    title="django-crontab in Debian's cron",
    source="django-crontab",
    prepare=prepare,
    services=services,
    afterwards=afterwards,
    debian=("cron",),
    usable=crons.private,
    run_due=True,
    apps=("django_crontab",),
    settings="tools.schedulers.host.engines.settings",
    env={"HOST_ENGINE": "django_crontab", "PYTHON": sys.executable},
)

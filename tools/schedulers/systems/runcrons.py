"""Cron classes of django-cron: a real cron of Debian's calls `manage.py runcrons` each minute."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable, Iterator

from tools.chaos.services import ROOT, Service
from tools.schedulers import crons
from tools.schedulers.scene import Scene
from tools.schedulers.system import System


def prepare(scene: Scene) -> Iterable[str]:
    """The line that a project with django-cron has had all the time."""
    log = scene.folder / "cron-lines.log"
    words = shlex.join([sys.executable, str(ROOT / "manage.py"), "runcrons"])
    line = f"* * * * * set -a; . {crons.env_file(scene)}; {words} >> {log} 2>&1\n"
    crons.folder(scene, "crontabs", root=line)
    return ()


def services(scene: Scene) -> Iterator[Service]:
    """The daemon."""
    places = {
        "/var/spool/cron/crontabs": scene.folder / "crontabs",
        "/etc/cron.d": crons.folder(scene, "cron.d"),
    }
    yield crons.alone(scene, places, ["cron", "-f", "-L", "15"])


def afterwards(scene: Scene) -> Iterable[str]:
    """One class fails, and the others run all the same."""
    text = (scene.folder / "cron-lines.log").read_text(errors="replace")
    marks = {"[\N{HEAVY BALLOT X}] tick_fails", "[\N{HEAVY CHECK MARK}] due_only"}
    return [f"its log does not tell {mark}" for mark in sorted(marks) if mark not in text]


system = System(
    title="runcrons (the shape of django-cron) in Debian's cron",
    source="runcrons",
    prepare=prepare,
    services=services,
    afterwards=afterwards,
    debian=("cron",),
    usable=crons.private,
    run_due=True,
    by_run_due=True,
    apps=("jobs_api.compat.django_cron",),
    settings="tools.schedulers.host.engines.settings",
    env={"HOST_ENGINE": "runcrons"},
)

"""`System`: one scheduler, and how it is started."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from tools.chaos.services import Service

if TYPE_CHECKING:
    from tools.schedulers.scene import Scene


def _nothing(scene: Scene) -> Iterable[str]:
    return ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class System:
    """One line of the table. Functions get the scene: folder, environment, port of its web host."""

    title: str
    source: str
    """How it names itself in the ledger."""
    services: Callable[[Scene], Iterable[Service]]
    """Its processes, not started yet: each is started when the one before answers; `Scene.service` makes one.
    It must trigger the jobs `tick_*` each minute."""
    prepare: Callable[[Scene], Iterable[str]] = _nothing
    """Called before, when the tables and the web host are there, such as to write its files or rows; what it
    returns is wrong."""
    afterwards: Callable[[Scene], Iterable[str]] = _nothing
    """Called after the last slot, while it runs: what else is wrong, such as in its own table of results."""
    run_due: bool = False
    """Whether it also calls run-due each minute: the job `due_only` is started by that alone."""
    by_run_due: bool = False
    """Whether it triggers nothing by its name: run-due starts all jobs."""
    executor: str = ""
    """An executor other than inline: the job `tick_queued` is run by it."""
    steady: bool = False
    """Whether its processes have child processes from the beginning, none of which may end."""
    late: int = 40
    """Seconds of a minute at which it has surely fired: then the second source takes its turn. At most 50."""
    postgresql: bool = True
    """Whether it has a database on the PostgreSQL server; else, or without one, a SQLite file."""
    apps: tuple[str, ...] = ()
    """What it needs in INSTALLED_APPS."""
    settings: str = "tools.schedulers.host.settings"
    """A module of settings of its own begins with `from tools.schedulers.host.settings import *`."""
    env: Mapping[str, str] = dataclasses.field(default_factory=dict)
    debian: tuple[str, ...] = ()
    """Packages that are installed if this is root, on Debian; else the system is skipped."""
    npm: tuple[str, ...] = ()
    """Packages that are installed beside .venv-schedulers if npm is there; else the system is skipped."""
    programs: tuple[str, ...] = ()
    """What must be on PATH; else the system is skipped."""
    usable: Callable[[], str] = str
    """Asked last: why it cannot be tried on this machine; empty: it can."""

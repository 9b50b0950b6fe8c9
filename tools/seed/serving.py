"""Fill a folder with the seeded database and the static files, and serve it."""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from tools.demo.server import listening
from tools.seed import MORNING, clock

ROOT = Path(__file__).resolve().parent.parent.parent
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "PYTHONPATH", "LD_LIBRARY_PATH")
"""What a seeded process inherits: no setting of another project."""
DATABASE = "seed.sqlite3"
PASSWORD, SECRET = "seeded", "seeded-cron-secret-9d1c5f0a7be24c3f8a61"
"""Of all users, and of callers: the server listens on this machine only."""
APPLICATION = "django.core.wsgi:get_wsgi_application()"


@dataclasses.dataclass(frozen=True, slots=True)
class Options:
    """How it is served."""

    now: datetime = MORNING
    frozen: bool = False
    """Whether time stands still."""
    debug: bool = False
    """Whether templates and static files are read anew each time."""
    port: int = 0
    """0: any that is free."""
    step: float = 0.25
    """How many seconds each of the twelve steps of `reconcile_payments` takes."""

    def environment(self, folder: Path) -> dict[str, str]:
        """Of a process of the seeded project."""
        return {
            **{name: os.environ[name] for name in KEPT if name in os.environ},
            "DJANGO_SETTINGS_MODULE": "tools.seed.settings",
            "SEED_FOLDER": str(folder),
            "SEED_DEBUG": "1" if self.debug else "",
            "WEB_CONCURRENCY": "1",
            "HOST": "127.0.0.1",
            "CRON_SECRET": SECRET,
            "SEED_STEP": str(self.step),
            clock.NOW: self.now.isoformat(),
        }


def fill(folder: Path, options: Options = Options()) -> None:
    """Write the database and the static files: a few seconds."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "tools.seed.filling", *(["--frozen"] if options.frozen else [])]
    (folder / clock.STARTED).unlink(missing_ok=True)
    subprocess.run(command, cwd=ROOT, env=options.environment(folder), check=True)


def copy(filled: Path, folder: Path) -> None:
    """Another folder with the same data; the static files are shared."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(filled / DATABASE, folder / DATABASE)
    (folder / "static").symlink_to(filled / "static")


@contextmanager
def server(folder: Path, options: Options = Options()) -> Iterator[str]:
    """Serve it in this context; yields the address."""
    env, log = options.environment(folder), folder / "server.log"
    if not options.frozen:
        clock.start(folder)
    with listening(env, log, APPLICATION, port=options.port) as port:
        yield f"http://127.0.0.1:{port}"

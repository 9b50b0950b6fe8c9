"""Prepare the demo, run its steps, and remove everything."""

from __future__ import annotations

import argparse
import os
import secrets
import signal
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from tools import stops
from tools.demo import terminal
from tools.demo.caller import Caller
from tools.demo.server import server
from tools.demo.terminal import Broken, heading, say

KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "PYTHONPATH", "LD_LIBRARY_PATH")
"""Environment variables that the demo inherits; settings of other projects are not among them."""


def main() -> int:
    """Run the demo. The exit status is 0 if every claim is true, 1 if one is not, 130 after an interrupt."""
    argparse.ArgumentParser(prog="make demo", description=__doc__).parse_args()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        with tempfile.TemporaryDirectory(prefix="jobs-api-demo-") as name:
            try:
                return _play(Path(name))
            finally:
                stops.ignore()  # until all is removed
    except KeyboardInterrupt:
        heading("Interrupted. The server is stopped and its database is removed.")
        return 130


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _play(folder: Path) -> int:
    env = _environment(folder)
    os.environ.clear()
    os.environ.update(env)
    log = folder / "server.log"
    heading("Setting up")
    say("An SQLite database in a temporary directory, sample data, and gunicorn with two workers.")
    try:
        _fill_database()
        from tools.demo import story  # needs Django's apps

        with server(env, log) as port:
            story.run(story.Stage(Caller(port, env), folder))
    except Broken as broken:
        return _report(broken, log)
    heading("All claims are true.")
    say("The server is stopped and its database is removed. Try it yourself: make serve")
    return 0


def _environment(folder: Path) -> dict[str, str]:
    (
        folder / ".curlrc"
    ).touch()  # curl reads this file instead of the user's own, which could change the requests
    return {
        **{name: os.environ[name] for name in KEPT if name in os.environ},
        "CURL_HOME": str(folder),
        "DJANGO_SETTINGS_MODULE": "tools.demo.settings",
        "DEMO_FOLDER": str(folder),
        "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}",
        "CRON_SECRET": secrets.token_urlsafe(32),
        "TIME_ZONE": _noon_zone(),
        "WEB_CONCURRENCY": "2",
        "HOST": "127.0.0.1",
    }


def _noon_zone() -> str:
    """A time zone in which it is about noon: no job's slot changes during the demo."""
    west = datetime.now(UTC).hour - 12
    return f"Etc/GMT{west:+d}"


def _fill_database() -> None:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    with open(os.devnull, "w") as nowhere:
        call_command("seed_crm", stdout=nowhere)


def _report(broken: Broken, log: Path) -> int:
    terminal.result(f"NOT TRUE: {broken}")
    if log.exists():
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-30:])
        terminal.result(f"The end of the server's log:\n{tail}")
    return 1


if __name__ == "__main__":
    sys.exit(main())

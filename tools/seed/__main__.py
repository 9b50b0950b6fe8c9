"""`make dashboard`: the dashboard with a year of seeded data, to look at and to try."""

from __future__ import annotations

import argparse
import shutil
import signal
import tempfile
from datetime import datetime
from pathlib import Path

from tools.seed import MORNING, serving
from tools.serve import is_free

TEXT = """
  {url}/dashboard/    users: mara (may act), reader (may look), nobody, admin; password: {password}

It is {now:%A, %d %B %Y, %H:%M} UTC there. reconcile_payments fails until you say that its service is back:

  touch {folder}/stripe-is-back

Ctrl-C stops the server{end}.
"""


def main() -> None:
    """Fill a folder, print how to use it, and serve it until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m tools.seed", description=__doc__)
    parser.add_argument("--folder", type=Path, help="keep the database there; used as it is where it exists")
    parser.add_argument("--port", type=int, default=0, help="any free port if missing")
    parser.add_argument(
        "--now", type=datetime.fromisoformat, default=MORNING, help="what time it is, with offset"
    )
    parser.add_argument("--frozen", action="store_true", help="time stands still")
    parser.add_argument("--debug", action="store_true", help="read templates and static files anew each time")
    given = parser.parse_args()
    if given.now.tzinfo is None:
        parser.error("--now needs an offset: 2026-11-26T07:42:10+00:00")
    if given.port and not is_free(given.port):
        parser.error(
            f'port {given.port} is taken; another one: make dashboard ARGS="--port {given.port + 1}"'
        )
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    folder = (given.folder or Path(tempfile.mkdtemp(prefix="jobs-api-seed-"))).resolve()
    options = serving.Options(given.now, frozen=given.frozen, debug=given.debug, port=given.port)
    try:
        if not (folder / serving.DATABASE).exists():
            serving.fill(folder, options)
        with serving.server(folder, options) as url:
            end = "" if given.folder else " and removes its data"
            about = {"password": serving.PASSWORD, "now": given.now, "folder": folder, "end": end}
            print(TEXT.format(url=url, **about), flush=True)
            signal.pause()
    except KeyboardInterrupt:
        pass
    finally:
        if not given.folder:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()

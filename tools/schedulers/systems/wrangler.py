"""Cloudflare's own runtime, offline: the Worker that we export, called by a clock as Cloudflare's would."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Iterator

from jobs_api.exporters.common import folder
from tools.chaos.services import Service
from tools.schedulers.scene import Scene, program
from tools.schedulers.system import System
from tools.schedulers.validators.wrangler import QUIET, WRANGLER

CLOCK = """
while true; do
    minute=$(($(date +%s) / 60 * 60))
    curl --silent --show-error --max-time 30 "$HANDLER?cron=*+*+*+*+*&time=${minute}000"
    sleep "$((60 - $(date +%-S)))"
done
"""


def prepare(scene: Scene) -> Iterable[str]:
    """Write the Worker, its configuration, and the secret where `wrangler dev` looks for it."""
    options = [f"--base-url={scene.base_url}", "--only=tick_*", "--run-due-every=1m"]
    place = scene.folder / "worker"
    folder.write(scene.manage("jobs_export", "cloudflare", *options), place)
    secret = place / ".dev.vars"
    secret.touch(mode=0o600)
    secret.write_text(f"CRON_SECRET={scene.secret}\n")
    return ()


def services(scene: Scene) -> Iterator[Service]:
    """The runtime, then the clock."""
    port = scene.ports[0]
    words = ["dev", "--cwd", scene.folder / "worker", "--test-scheduled", "--ip", "127.0.0.1", "--port", port]
    home = {
        "HOME": str(scene.folder),
        "XDG_CONFIG_HOME": str(scene.folder),
        "PATH": os.environ["PATH"],
        **QUIET,
    }
    yield scene.service("wrangler", [program("wrangler"), *words], answers=lambda: _open(port), env=home)
    handler = {"HANDLER": f"http://127.0.0.1:{port}/__scheduled"}
    yield scene.service("clock", ["sh", "-c", CLOCK], env=handler)


def afterwards(scene: Scene) -> Iterable[str]:
    """A job that fails makes its cron event fail, and so it shows in the list of events."""
    text = (scene.folder / "wrangler.log").read_text(errors="replace")
    if "/jobs/tick_fails/run" not in text or "500" not in text:
        yield f"wrangler.log does not tell that tick_fails failed: {text[-300:]!r}"


def _open(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


system = System(
    title="Cloudflare Workers (wrangler dev, offline)",
    source="cloudflare",
    prepare=prepare,
    services=services,
    afterwards=afterwards,
    run_due=True,
    programs=("node", "curl"),
    npm=(WRANGLER,),
)

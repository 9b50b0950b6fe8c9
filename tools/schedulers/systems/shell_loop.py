"""The least of schedulers, as in many a container: a shell that calls curl, and waits for the next minute."""

from __future__ import annotations

from collections.abc import Iterator

from tools.chaos.services import Service
from tools.schedulers.scene import Scene
from tools.schedulers.system import System

LOOP = """
while true; do
    for path in $PATHS; do
        curl --silent --show-error --max-time 30 --output /dev/null --header "@$HEADER" --request POST "$path"
    done
    sleep "$((60 - $(date +%-S)))"
done
"""


def services(scene: Scene) -> Iterator[Service]:
    """One shell. The secret is in a file: `ps` shows arguments."""
    header = scene.folder / "header"
    header.write_text(f"Authorization: Bearer {scene.secret}\n")
    header.chmod(0o600)
    paths = [f"{scene.base_url}/jobs/{job}/run?source=shell-loop" for job in scene.jobs]
    paths.append(f"{scene.base_url}/run-due?source=shell-loop")
    yield scene.service("loop", ["sh", "-c", LOOP], env={"PATHS": " ".join(paths), "HEADER": str(header)})


system = System(
    title="A shell loop with curl", source="shell-loop", services=services, programs=("curl",), run_due=True
)

"""Celery beat: entries whose schedule object asks for our next slot; one job is run by Celery itself."""

from __future__ import annotations

from collections.abc import Iterator

from tools.chaos.services import Service
from tools.schedulers.common import celery
from tools.schedulers.scene import Scene
from tools.schedulers.system import System


def services(scene: Scene) -> Iterator[Service]:
    """Beat keeps its entries in a file."""
    return celery.services(scene, "--schedule", str(scene.folder / "beat-schedule"))


system = System(
    title="Celery beat",
    source="celery-beat",
    services=services,
    afterwards=celery.afterwards,
    run_due=True,
    executor="celery",
    steady=True,
)

"""Projects with cron classes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from jobs_api import registry
from jobs_api.compat.django_cron.classes import CronClass, find
from jobs_api.runs import job_state
from tests.conftest import NOON
from tests.toys import crons


@pytest.fixture
def crons_of(settings, db) -> Iterator[Callable[..., list[CronClass]]]:
    """``crons_of("Cleanup")`` names classes of tests.toys.crons in CRON_CLASSES, known for years."""
    before = registry.jobs()

    def declare(*names: str) -> list[CronClass]:
        settings.CRON_CLASSES = [name if "." in name else f"tests.toys.crons.{name}" for name in names]
        found, faults = find()
        assert faults == []
        registry.fill(job for cron in found for job, _ in cron.parts)
        job_state.know_all(at=NOON.replace(year=2020))
        return found

    for kind in (crons.Cleanup, crons.Backup, crons.Uneven):
        kind.calls.clear()
    yield declare
    registry.fill(before)

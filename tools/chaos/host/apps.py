"""The app of the host project: sets its clock, and breaks jobs_api to prove that the checker notices it."""

import os
from pathlib import Path

from django.apps import AppConfig
from django.conf import settings


class HostConfig(AppConfig):
    """The app of the host project."""

    name = "tools.chaos.host"
    label = "chaos"

    def ready(self) -> None:
        """Break the part of jobs_api that CHAOS_BREAK names."""
        from jobs_api import executors
        from tools.chaos.host import breaking, celery, clock

        clock.follow(Path(os.environ["CHAOS_CLOCK"]))
        celery.app.set_default()  # in the web hosts, too: they send through it
        # Otherwise a process that is killed before it begins would hold its slot for a minute.
        executors.load("subprocess").start_within = settings.JOBS_API["START_WITHIN_SECONDS"]
        if what := os.environ.get("CHAOS_BREAK"):
            breaking.BREAKS[what]()

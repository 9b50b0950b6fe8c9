"""Lets a process take its time at its end, where a test asks for that."""

import os

from django.apps import AppConfig


class HostConfig(AppConfig):
    """The app of the processes that these tests start."""

    name = "tests.jobs_api.management.host"

    def ready(self) -> None:
        """On a slow machine, too, a process writes its counts at its end."""
        if patience := os.environ.get("TOY_PATIENCE"):
            from jobs_api.monitoring import trigger_counts

            trigger_counts.LAST_SECONDS = float(patience)

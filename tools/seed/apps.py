"""The app of the seeded project."""

from django.apps import AppConfig


class SeedConfig(AppConfig):
    """It declares the jobs, and has their commands."""

    name = "tools.seed"
    label = "seed"

    def ready(self) -> None:
        """Its processes have the time of the seeded morning."""
        from tools.seed import clock

        clock.install()

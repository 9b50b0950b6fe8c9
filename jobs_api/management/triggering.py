"""Shared by the commands that trigger jobs: a process of cron ends long before a minute is over."""

from __future__ import annotations

from jobs_api.management import base
from jobs_api.monitoring import trigger_counts


class TriggeringCommand(base.JobsCommand):
    """A command that triggers: at its end it writes that it has called, and what was counted."""

    def run_from_argv(self, argv: list[str]) -> None:
        """Run it from a shell. What is written last changes no exit status, and takes at most a second."""
        try:
            super().run_from_argv(argv)
        finally:
            trigger_counts.flush_last()

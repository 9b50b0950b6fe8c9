"""Shared by the commands that trigger jobs: a process of cron ends long before a minute is over."""

from __future__ import annotations

from typing import Any

from jobs_api.management import base
from jobs_api.monitoring import trigger_counts
from jobs_api.runs import transition_log


class TriggeringCommand(base.JobsCommand):
    """A command that triggers: at its end it writes that it has called, and what was counted."""

    def run_from_argv(self, argv: list[str]) -> None:
        """Run it from a shell. What is written last changes no exit status, and takes at most a second."""
        try:
            super().run_from_argv(argv)
        finally:
            trigger_counts.flush_last()

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run it. Where a shell wants it quiet, a log on the terminal has no line for each transition."""
        if options.get("quiet") and getattr(self, "_called_from_command_line", False):
            transition_log.hush()
        return super().execute(*args, **options)

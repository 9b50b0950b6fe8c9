"""Pause jobs."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from jobs_api import database
from jobs_api.conf import default_timezone
from jobs_api.database import bounds
from jobs_api.management import base, pauses
from jobs_api.runs import pausing
from jobs_api.triggers.pause_orders import written_end
from jobs_api.triggers.validation import text_of


class Command(base.JobsCommand):
    """manage.py jobs_pause NAME [NAME ...]"""

    help = (
        "Pause jobs: triggers answer `paused`, queued slots and retries wait. Slots during the pause do not "
        "count as missed. Of two pauses of a job the newest counts."
    )

    examples = (
        "nightly --reason 'the partner is down'",
        "--glob 'report_*' --until 2026-12-01T06:00 --reason 'no data yet'",
        "--all --until 2h --reason 'the database moves'",
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Define the arguments."""
        super().add_arguments(parser)
        pauses.add_selection(parser)
        parser.add_argument(
            "--until",
            help="when the pause ends by itself: 2026-12-01T06:00 or a day in TIME_ZONE, a time with an "
            "offset, or a duration such as 90m, 2h or 3d; without it: when somebody resumes the job",
        )
        parser.add_argument("--reason", default="", help="is stored with the pause")

    def handle(self, *args: Any, **options: Any) -> None:
        """Pause the jobs."""
        jobs, now, changes = pauses.chosen(options), database.now(), []
        with base.refusals():
            given = options["until"]
            until = None if given is None else written_end(text_of(given, "until"), default_timezone(), now)
            for job in jobs:
                by = {"actor": base.user(), "comment": options["reason"]}
                changes.append(pausing.pause(job, **by, at=now, until=until))
                bounds.afresh()
        pauses.report(self, options, jobs, changes, now)

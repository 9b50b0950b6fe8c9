"""Delete runs that are older than the retention, in batches; optionally write them to an archive first."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from jobs_api import database
from jobs_api.conf import config
from jobs_api.execution.current import current_run
from jobs_api.history import rolling
from jobs_api.management import base
from jobs_api.management.tables import moment
from jobs_api.monitoring.cleaning import clean
from jobs_api.runs import pruning

ROLL_UP_SECONDS = 900.0
"""So long it waits at most until all days are counted: see docs/decisions/roll-up.md."""


class Command(base.JobsCommand):
    """manage.py jobs_prune"""

    bounded = False
    help = (
        "Delete ended runs whose slot is older than the retention, in batches that lock nothing for long; "
        "and audit entries that are older than JOBS_API['AUDIT_DAYS']."
    )
    examples = ("--dry-run", "--archive /srv/archive")

    def add_arguments(self, parser: CommandParser) -> None:
        """Define the arguments."""
        super().add_arguments(parser)
        parser.add_argument(
            "--days", type=float, help="keep this many days (default: JOBS_API['RETENTION_DAYS'])"
        )
        parser.add_argument("--batch", type=int, default=200, help="runs per batch (200)")
        parser.add_argument(
            "--archive", metavar="DIR", help="first write the runs to DIR, as compressed JSON lines"
        )
        parser.add_argument("--dry-run", action="store_true", help="count the runs and delete nothing")
        parser.add_argument("--reason", default="", help="is stored in the audit, if this is no job's run")

    def handle(self, *args: Any, **options: Any) -> None:
        """Delete the runs and print how many."""
        days = config().retention_days if options["days"] is None else options["days"]
        if not config().retention_days <= days < 36500 or options["batch"] < 1:
            # A younger slot can still be triggered: without the record of its run it would run again.
            raise CommandError(
                f"--days must be at least the retention, {config().retention_days:g}, and --batch at least 1."
            )
        before = _today() - timedelta(days=days)
        if options["dry_run"]:
            number = pruning.old(before).count()
            text = f"{number} runs before {moment(before)} would be pruned."
            self.show(options, {"prunable": number}, text)
            return
        if not rolling.finish(seconds=ROLL_UP_SECONDS, between=current_run().check):
            raise CommandError(
                "The days of these runs are not counted yet, so nothing was deleted. Run it again later."
            )
        archive = None if options["archive"] is None else Path(options["archive"])
        done = clean(
            before,
            batch=options["batch"],
            archive=archive,
            each=self._batch_done,
            reason=options["reason"],
        )
        others = (
            f"{done.trigger_counts} trigger counts, {done.incidents} incidents, {done.audit} audit entries"
        )
        text = f"{done.runs} runs before {moment(before)} pruned, {others}."
        numbers = {
            "trigger_counts": done.trigger_counts,
            "incidents": done.incidents,
            "audit_entries": done.audit,
        }
        self.show(options, {"pruned": done.runs, "archive": archive, **numbers}, text)

    def _batch_done(self, done: int, total: int) -> None:
        current_run().progress(done, total)
        current_run().check()


def _today() -> datetime:
    """The slot of this run, so that a late run deletes no more; never ahead of the database's clock."""
    now, slot = database.now(), current_run().run_date
    return now if slot is None else min(slot, now)

"""Queue past slots that have no run."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from jobs_api import database
from jobs_api.management import base, pauses
from jobs_api.management.tables import moment
from jobs_api.runs import pausing
from jobs_api.runs.types import BACKFILL, Trigger
from jobs_api.triggers.backfill import backfill, plan_backfill
from jobs_api.triggers.validation import instant


class Command(base.JobsCommand):
    """manage.py jobs_backfill NAME START END"""

    help = "Queue the slots from START until before END that have no run; jobs_run_due starts them."
    examples = ("nightly 2026-11-01 2026-11-08 --dry-run", "nightly 2026-11-01 2026-11-08 --reason 'was off'")

    def add_arguments(self, parser: CommandParser) -> None:
        """Define the arguments."""
        super().add_arguments(parser)
        parser.add_argument("name", help="the job")
        parser.add_argument("start", help="ISO 8601 with offset, or a date in the job's zone")
        parser.add_argument("end", help="the same, exclusive")
        parser.add_argument("--dry-run", action="store_true", help="list the slots and queue nothing")
        parser.add_argument("--reason", default="", help="is stored with the runs")

    def handle(self, *args: Any, **options: Any) -> None:
        """Queue the slots, or only list them."""
        job, now = base.job(options["name"]), database.now()
        with base.refusals():
            start, end = instant(job, options["start"], "start"), instant(job, options["end"], "end")
            plan = plan_backfill(job, start, end, now=now)
            if not options["dry_run"]:
                by, context = (base.user(), options["reason"]), base.traceparent()
                backfill(plan, Trigger(BACKFILL, "", *by, traceparent=context), at=now)
        queued = [slot.astimezone(job.slots.zone).isoformat() for slot in plan.queued]
        verb = "would be queued" if options["dry_run"] else "queued; jobs_run_due starts them"
        payload = {"job": job.name, "slots": len(plan.slots), "queued": queued, "dry_run": options["dry_run"]}
        shown = list(map(moment, plan.queued))
        pause = pausing.last_pause(job)
        paused = pause is not None and pause.is_in_force(now)
        waits = [f"They wait: the job is paused {pauses.text(pause)}."] if pause and paused else []
        self.show(options, payload, *shown, f"{len(queued)} of {len(plan.slots)} slots {verb}.", *waits)

"""Show or export the audit: who did what, when, from where, why, and with what result."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.management.base import CommandError, CommandParser

from jobs_api import database
from jobs_api.audit import ACTIONS
from jobs_api.audit.origin import ORIGINS
from jobs_api.audit.reading import Filters, every, page
from jobs_api.conf import default_timezone
from jobs_api.database import bounds
from jobs_api.management import base, entries
from jobs_api.schedule.written_time import written_before
from jobs_api.text.numbers import LARGEST_ID, whole

SHOWN = 50
"""So many entries a table has, unless --limit says otherwise. An export has all."""
EXPORTS = {"jsonl": entries.as_lines, "csv": entries.as_csv}


class Command(base.JobsCommand):
    """manage.py jobs_audit"""

    help = (
        "Show who did what: triggers by hand, reruns, cancels, backfills, pauses, tokens; newest first. "
        "--format exports everything that matches."
    )
    examples = (
        "--job nightly --since 7d",
        "--actor ann --action rerun",
        "--since 2026-11-01 --until 2026-12-01 --format csv",
    )
    statuses = {0: "shown, also if nothing matches"}

    def add_arguments(self, parser: CommandParser) -> None:
        """Define the arguments."""
        super().add_arguments(parser)
        parser.add_argument(
            "--action", choices=ACTIONS, help=f"only this one: {', '.join(ACTIONS)}", metavar="ACTION"
        )
        parser.add_argument("--actor", help="only what this token or user did")
        parser.add_argument("--job", help="only what was done to this job, declared or not")
        parser.add_argument("--run", help="only what was done to the run with this id")
        parser.add_argument("--origin", choices=ORIGINS, help="only what came by this entrance")
        when = "a time or a day in TIME_ZONE, a time with an offset, or how long ago: 90m, 2h, 7d"
        parser.add_argument("--since", help=f"from then on: {when}")
        parser.add_argument("--until", help="before then; the same")
        parser.add_argument("--limit", type=int, help=f"at most so many ({SHOWN}; an export has all)")
        parser.add_argument("--format", choices=sorted(EXPORTS), help="export JSON lines, or a spreadsheet")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the entries."""
        if options["json"] and options["format"]:
            raise CommandError("--json and --format are two ways to print: give one.")
        if options["limit"] is not None and options["limit"] < 1:
            raise CommandError("--limit must be at least 1.")
        with base.refusals():
            filters = _filters(options)
        if options["format"]:
            self._export(filters, options)
        else:
            self._show(filters, options)

    def _show(self, filters: Filters, options: dict[str, Any]) -> None:
        found = page(filters, limit=options["limit"] or SHOWN)
        if not found.entries:
            self.show(options, [], "No entries." if filters == Filters() else "No such entries.")
            return
        table = self.table(entries.TABLE, map(entries.row, found.entries), entries.DROP)
        more = ["More match: --limit shows more, --format exports all."] if found.cursor else []
        self.show(options, list(map(entries.members, found.entries)), table, *more)

    def _export(self, filters: Filters, options: dict[str, Any]) -> None:
        """Print page by page: the time of a page is its own, and a slow reader has all the time."""
        if options["format"] == "csv":
            self.stdout.write(entries.heading())
        for found in every(filters, limit=options["limit"]):
            if found:
                with bounds.stopped():
                    self.stdout.write(EXPORTS[options["format"]](found))
            bounds.afresh()


def _filters(options: dict[str, Any]) -> Filters:
    at, zone = database.now(), default_timezone()

    def time(key: str) -> datetime | None:
        return None if options[key] is None else written_before(options[key], zone, key, at)

    action, actor, origin, job = (options[key] or "" for key in ("action", "actor", "origin", "job"))
    return Filters(action, actor, origin, job, _run(options["run"]), time("since"), time("until"))


def _run(text: str | None) -> int | None:
    number = None if text is None else whole(text, LARGEST_ID)
    if text is not None and number is None:
        raise CommandError(f"--run must be the id of a run, not {text[:60]!r}.")
    return number

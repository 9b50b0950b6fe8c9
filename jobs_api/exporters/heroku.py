"""Heroku Scheduler: the rows to enter in its dashboard; it has no API and no cron syntax.

Source: devcenter.heroku.com/articles/scheduler, of 2026. A job runs every 10 minutes, every hour at a
minute or every day at a time, in UTC, each time in a one-off dyno. Heroku says that a run may be skipped,
and that it may run twice.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise

from jobs_api.exporters.common import comments
from jobs_api.exporters.common.curl import command, curl
from jobs_api.exporters.common.exporter import COMMAND, HTTP, Dialect, Exporter
from jobs_api.exporters.common.plan import Entry, Plan
from jobs_api.schedule.cron import Schedule, rising

CADENCES = (
    (timedelta(days=1), "Every day at 12:00 AM"),
    (timedelta(hours=1), "Every hour at :00"),
)
OFTEN = "Every 10 minutes"
SINCE = datetime(2026, 1, 1, tzinfo=UTC)
"""Any day will do: what is asked is how often lines fire."""


class Heroku(Exporter):
    """Text for people."""

    def render(self, plan: Plan) -> str:
        head = comments.commented(self, comments.head(self, plan))
        return head + "".join(self._row(entry, plan) for entry in plan.entries)

    def how_to_apply(self, plan: Plan) -> str:
        text = (
            "There is no API: run `heroku addons:open scheduler`, choose Create job, and enter each row.\n"
            "Its runs may be late, twice or left out, so let a second service call, too.\n"
        )
        if plan.form == HTTP:
            return text + "CRON_SECRET is a config var. The router answers 503 after 30 s; the job continues."
        return text + "The command runs in a one-off dyno of this app, with its config vars."

    def _row(self, entry: Entry, plan: Plan) -> str:
        run = command(entry) if plan.form == COMMAND else curl(entry)
        return f"\n# {comments.marker(entry)}\nSchedule:    {cadence(entry)}\nRun Command: {run}\n"


def cadence(entry: Entry) -> str:
    """The slowest of the three that is often enough for these lines, or every 10 minutes."""
    starts = sorted(
        start for line in entry.lines for start in islice(rising(Schedule.parse(line, "UTC"), SINCE), 50)
    )
    gap = min((after - before for before, after in pairwise(starts)), default=timedelta(days=1))
    return next((text for pace, text in CADENCES if pace <= gap), OFTEN)


exporter = Heroku(
    "Heroku Scheduler", "heroku-scheduler.txt", forms=(COMMAND, HTTP), dialect=Dialect(cron=False)
)

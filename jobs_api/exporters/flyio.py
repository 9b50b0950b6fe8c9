"""Fly.io: a crontab for supercronic, which runs in one machine beside the app.

Source: fly.io/docs/blueprints/supercronic and /task-scheduling, and github.com/aptible/supercronic, of
2026. Fly's own scheduled machines know only hourly, daily, weekly and monthly, at no certain time.
supercronic keeps the environment, and its CRON_TZ holds for the whole file: the lines are in UTC, so that
each job may have its zone.
"""

from __future__ import annotations

import shlex

from jobs_api.exporters.common import comments
from jobs_api.exporters.common.curl import command, curl
from jobs_api.exporters.common.exporter import COMMAND, HTTP, Dialect, Exporter, Setting
from jobs_api.exporters.common.plan import Entry, Plan


class FlyIo(Exporter):
    """A crontab."""

    def render(self, plan: Plan) -> str:
        head = comments.commented(self, comments.head(self, plan))
        return f"{head}CRON_TZ=UTC\n" + "".join(self._lines(entry, plan) for entry in plan.entries)

    def how_to_apply(self, plan: Plan) -> str:
        path = plan.settings["path"]
        return (
            f"Copy it into the image as {path}, beside supercronic "
            f"(github.com/aptible/supercronic/releases).\n"
            f'Add to fly.toml, under [processes]: cron = "supercronic {path}"\n'
            "CRON_SECRET: fly secrets set CRON_SECRET=... Then: fly deploy, and fly scale count cron=1. "
            "A second such machine would do no harm."
        )

    def _lines(self, entry: Entry, plan: Plan) -> str:
        run = command(entry) if plan.form == COMMAND else curl(entry)
        directory = plan.settings["directory"]
        run = f"cd {shlex.quote(directory)} && {run}" if plan.form == COMMAND else run
        return f"\n# {comments.marker(entry)}\n" + "".join(f"{line} {run}\n" for line in entry.lines)


exporter = FlyIo(
    "Fly.io",
    "flyio.crontab",
    forms=(HTTP, COMMAND),
    dialect=Dialect(sunday=0),
    settings={
        "path": Setting(default="/app/crontab", help="where the image has this crontab"),
        "directory": Setting(default="/app", help="where the image has manage.py"),
    },
)

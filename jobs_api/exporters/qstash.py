"""Upstash QStash: a script that calls its schedules API.

Source: upstash.com/docs/qstash, "Schedules", "Create Schedule" and "Retry", of 2026. `Upstash-Schedule-
Id` makes a second call an update. `CRON_TZ=` names the zone. A call that is not answered with 2xx is made
again, by default three times, after `Retry-After`: it then finds the slot done, or starts the next try.
"""

from __future__ import annotations

import shlex

from jobs_api.exporters.common import comments, script
from jobs_api.exporters.common.exporter import Dialect, Exporter, Setting
from jobs_api.exporters.common.plan import Plan
from jobs_api.exporters.common.rows import Row, rows
from jobs_api.exporters.common.values import whole

API = {
    "api": "https://qstash.upstash.io",
    "key_header": "Authorization: Bearer %s",
    "pause": "0",
    "path": "/v2/schedules",
    "list": "schedules",
    "id": "scheduleId",
    "name": "scheduleId",
}
PUT = """
printf 'Upstash-Forward-Authorization: %s\\n' "$bearer" > "$work/forward"

# put NAME CRON URL: make the schedule of this id, or overwrite it.
put() {
  echo "$1" >> "$work/names"
  request POST "/v2/schedules/$3" --header "Upstash-Schedule-Id: $1" --header "Upstash-Cron: $2" \\
    --header "Upstash-Method: POST" --header "Upstash-Retries: @retries@" \\
    --header @"$work/forward" < /dev/null > "$work/answer"
  echo "put  $1"
}
"""


class QStash(Exporter):
    """A POSIX shell script."""

    def render(self, plan: Plan) -> str:
        head = comments.commented(self, comments.head(self, plan))
        retries = str(whole(plan, "retries", 5))
        start = script.filled(script.HEAD + PUT, plan, retries=retries, **API)
        end = script.filled(script.TAIL, plan)
        return f"#!/bin/sh\n{head}{start}{''.join(self._put(row, plan) for row in rows(plan))}{end}"

    def how_to_apply(self, plan: Plan) -> str:
        return (
            "Apply it with: sh qstash.sh. Each schedule has an id of its own, so that a second run updates.\n"
            f"{script.files(plan, 'QSTASH_TOKEN')}\n"
            "API_URL in the environment names the region, such as https://qstash-us-east-1.upstash.io."
        )

    def _put(self, row: Row, plan: Plan) -> str:
        cron = f"CRON_TZ={row.entry.timezone} {row.line}"
        words = (script.name_of(row, plan), cron, row.entry.url)
        note = comments.commented(self, [comments.marker(row.entry)])
        return f"\n{note}put {' '.join(map(shlex.quote, words))}\n"


exporter = QStash(
    "Upstash QStash",
    "qstash.sh",
    dialect=Dialect(zones=True, sunday=0),
    settings={
        **script.SETTINGS,
        "key_file": Setting(default="/etc/jobs/qstash-token", help="the file that holds QSTASH_TOKEN"),
        "retries": Setting(default="3", help="how often a call that was not answered with 2xx is made again"),
    },
)

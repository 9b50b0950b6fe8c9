"""Crontap: the rows to enter, and the members of its API's `POST /v1/schedule`.

Source: crontap.com, and the REST part of github.com/Crontap/skills, of 2026. The API belongs to the Ultra
plan. Its documentation tells how to make and to change a schedule (by its id), not how to list them: a
script could not tell what exists, and would make each schedule again.
"""

from __future__ import annotations

import json

from jobs_api.exporters.common import comments
from jobs_api.exporters.common.exporter import Dialect, Exporter
from jobs_api.exporters.common.plan import Plan
from jobs_api.exporters.common.rows import Row, rows


class Crontap(Exporter):
    """JSON objects with comments, for people."""

    def render(self, plan: Plan) -> str:
        head = comments.commented(self, comments.head(self, plan))
        return head + "".join(self._row(row) for row in rows(plan))

    def how_to_apply(self, plan: Plan) -> str:
        return (
            "Make a schedule of each object below in the dashboard, with these values; replace "
            "$CRON_SECRET there.\n"
            "With the Ultra plan, send it instead: POST https://api.crontap.com/v1/schedule, with the "
            "headers ClientId "
            "and ApiKey; later PUT /v1/schedule/<id>. Entered twice, it does no harm."
        )

    def _row(self, row: Row) -> str:
        schedule = {
            "label": row.name,
            "url": row.entry.url,
            "verb": "POST",
            "interval": row.line,
            "timezone": row.entry.timezone,
            "headers": {"Authorization": "Bearer $CRON_SECRET"},
        }
        return f"\n# {comments.marker(row.entry)}\n{json.dumps(schedule, indent=2)}\n"


exporter = Crontap("Crontap", "crontap.txt", dialect=Dialect(zones=True, sunday=0))

"""EasyCron: a script that calls its API v1.

Source: developer.easycron.com/docs/api/v1/cron-jobs (post, get, patch-update), and "What cron expression
does EasyCron support", of 2026. Times are in the job's own zone where `timezone_from` is 2. Jobs are
found again by their names; a list has at most 500 of them.
"""

from __future__ import annotations

from typing import Any

from jobs_api.exporters.common import comments, script
from jobs_api.exporters.common.exporter import Dialect, Exporter, Setting
from jobs_api.exporters.common.plan import Plan
from jobs_api.exporters.common.rows import Row, rows

LONGEST = 100
"""What a name may have at most."""
API = {
    "api": "https://api.easycron.com/v1",
    "key_header": "X-API-Key: %s",
    "pause": "0",
    "path": "/cron-jobs?page_size=500",
    "item": "/cron-jobs",
    "list": "cron_jobs",
    "id": "cron_job_id",
    "name": "cron_job_name",
    "create": "POST",
    "update": "PATCH",
}


class EasyCron(Exporter):
    """A POSIX shell script."""

    def render(self, plan: Plan) -> str:
        head = comments.commented(self, comments.head(self, plan))
        parts = [script.filled(script.HEAD + script.PUT, plan, **API)]
        for row in rows(plan, limit=LONGEST - len(script.prefix(plan))):
            note = comments.commented(self, [comments.marker(row.entry)])
            parts.append(f"\n{note}{script.put(row, plan, self._job(row, plan))}")
        return f"#!/bin/sh\n{head}{''.join(parts)}{script.filled(script.TAIL, plan)}"

    def how_to_apply(self, plan: Plan) -> str:
        return (
            "Apply it with: sh easycron.sh. It makes the jobs, or updates those of the same names.\n"
            f"{script.files(plan, 'the API key')}\n"
            "How long it waits depends on the plan: give a longer job a background executor."
        )

    def _job(self, row: Row, plan: Plan) -> dict[str, Any]:
        return {
            "cron_job_name": script.name_of(row, plan),
            "url": row.entry.url,
            "cron_expression": row.line,
            "timezone_from": 2,
            "timezone": row.entry.timezone,
            "http_method": "POST",
            "http_headers": f"Authorization: {script.BEARER}",
            "http_message_body": "",
            "success_criterion": 1,
            "status": 1,
        }


exporter = EasyCron(
    "EasyCron",
    "easycron.sh",
    dialect=Dialect(zones=True, sunday=0),
    settings={
        **script.SETTINGS,
        "key_file": Setting(default="/etc/jobs/easycron-key", help="the file that holds its API key"),
    },
)

"""cron-job.org: a script that calls its REST API.

Source: docs.cron-job.org/rest-api.html, of 2026. A schedule is lists of numbers, which are ANDed; [-1] is
every value; 0 is Sunday. Times are in the job's own zone. Jobs are found again by their titles. At most 5
are created a minute, and 100 requests are allowed a day without a membership.
"""

from __future__ import annotations

import re
from typing import Any

from jobs_api.exporters.common import comments, script
from jobs_api.exporters.common.exporter import Dialect, Exporter, Setting
from jobs_api.exporters.common.plan import Plan
from jobs_api.exporters.common.rows import Row, rows

FIELDS = {"minutes": (0, 59), "hours": (0, 23), "mdays": (1, 31), "months": (1, 12), "wdays": (0, 6)}
POST = 1
GIVES_UP = 30
"""Seconds, the most that it waits."""
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
API = {
    "api": "https://api.cron-job.org",
    "key_header": "Authorization: Bearer %s",
    "pause": "13",
    "path": "/jobs",
    "item": "/jobs",
    "list": "jobs",
    "id": "jobId",
    "name": "title",
    "create": "PUT",
    "update": "PATCH",
}


class CronJobOrg(Exporter):
    """A POSIX shell script."""

    def render(self, plan: Plan) -> str:
        head = comments.commented(self, comments.head(self, plan))
        parts = [script.filled(script.HEAD + script.PUT, plan, **API)]
        for row in rows(plan):
            note = comments.commented(
                self, [comments.marker(row.entry), f"{row.line} ({row.entry.timezone})"]
            )
            parts.append(f"\n{note}{script.put(row, plan, {'job': self._job(row, plan)})}")
        return f"#!/bin/sh\n{head}{''.join(parts)}{script.filled(script.TAIL, plan)}"

    def how_to_apply(self, plan: Plan) -> str:
        return (
            "Apply it with: sh cron-job-org.sh. It makes the jobs, or updates those of the same titles.\n"
            f"{script.files(plan, 'the API key')}\n"
            "The service gives up after 30 s, and disables a job that fails again and again: give a longer "
            "job a "
            "background executor, so that the answer is 202."
        )

    def _job(self, row: Row, plan: Plan) -> dict[str, Any]:
        return {
            "title": script.name_of(row, plan),
            "enabled": True,
            "url": row.entry.url,
            "requestMethod": POST,
            "requestTimeout": GIVES_UP,
            "saveResponses": True,
            "schedule": {"timezone": row.entry.timezone, **lists(row.line)},
            "notification": {"onFailure": True, "onSuccess": True, "onDisable": True},
            "extendedData": {"headers": {"Authorization": script.BEARER}, "body": ""},
        }


def lists(line: str) -> dict[str, list[int]]:
    """A cron line as the lists of numbers of this service."""
    fields = zip(FIELDS.items(), line.split(), strict=True)
    return {name: _numbers(field, *bounds) for (name, bounds), field in fields}


def _numbers(field: str, least: int, greatest: int) -> list[int]:
    values = {value for term in field.split(",") for value in _term(term, least, greatest)}
    return [-1] if len(values) == greatest - least + 1 else sorted(values)


def _term(term: str, least: int, greatest: int) -> range:
    for number, name in enumerate(MONTHS, 1):
        term = re.sub(name, str(number), term, flags=re.IGNORECASE)
    span, _, step = term.partition("/")
    first, _, last = span.partition("-")
    if span == "*":
        return range(least, greatest + 1, int(step or 1))
    return range(int(first), int(last or (greatest if step else first)) + 1, int(step or 1))


exporter = CronJobOrg(
    "cron-job.org",
    "cron-job-org.sh",
    dialect=Dialect(zones=True, sunday=0),
    settings={
        **script.SETTINGS,
        "key_file": Setting(default="/etc/jobs/cron-job-org-key", help="the file that holds its API key"),
    },
)

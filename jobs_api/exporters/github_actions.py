"""GitHub Actions: one workflow, with a job for each of ours.

Source: docs.github.com/actions, "Events that trigger workflows" and "Workflow syntax", of 2026.
`timezone` exists since March 2026; a time that the clock skips advances. The shortest interval is 5
minutes. Calls come late, and are dropped when GitHub is busy, most of all at the start of an hour.
`github.event.schedule` holds the cron line that fired, without its zone: one line in two zones starts the
jobs of both, where one of them finds its slot done.
"""

from __future__ import annotations

import json
import zlib

from jobs_api.exporters.common import comments
from jobs_api.exporters.common.curl import curl
from jobs_api.exporters.common.exporter import Dialect, Exporter, Setting
from jobs_api.exporters.common.plan import Entry, Plan
from jobs_api.exporters.common.rows import dns_name, named
from jobs_api.exporters.common.unix import MARGIN, patience
from jobs_api.exporters.common.values import whole

SOON = 600
"""Seconds of grace below which a line is not moved."""
HEAD = """\
name: jobs
on:
  schedule:
{schedules}  workflow_dispatch:
    inputs:
      job:
        description: The job to call
        type: choice
        required: true
        options: [{names}]
permissions: {{}}
jobs:
"""
ALONE = "    concurrency: {{group: jobs-{name}, cancel-in-progress: false}}\n"
JOB = """\
  # {marker}
  job-{name}:
    if: >-
      inputs.job == '{name}' || contains(fromJSON('{lines}'), github.event.schedule)
    runs-on: ubuntu-latest
    timeout-minutes: {minutes}
{alone}    steps:
      - run: >-
          {call}
        env:
          CRON_SECRET: ${{{{ secrets.CRON_SECRET }}}}
"""


class GitHubActions(Exporter):
    """A workflow."""

    def render(self, plan: Plan) -> str:
        head = comments.commented(self, comments.head(self, plan))
        spread = whole(plan, "spread", 29)
        calls = [
            (entry, name, tuple(spread_out(line, entry, spread) for line in entry.lines))
            for entry, name in named(plan, spelled=dns_name)
        ]
        wanted = dict.fromkeys((line, entry.timezone) for entry, _, lines in calls for line in lines)
        schedules = "".join(
            f"    - cron: {json.dumps(line)}\n      timezone: {json.dumps(zone)}\n" for line, zone in wanted
        )
        names = ", ".join(json.dumps(name) for _, name, _ in calls)
        return head + HEAD.format(schedules=schedules, names=names) + "".join(_job(*call) for call in calls)

    def how_to_apply(self, plan: Plan) -> str:
        return (
            "Commit it as .github/workflows/jobs.yml to the default branch. CRON_SECRET is a secret of the "
            "repository.\n"
            "Calls come late or not at all, and stop after 60 idle days in a public repository: let it be "
            "your second "
            "service. Lines at minute 0 are moved by some minutes, which changes no slot (--set spread=0 "
            "leaves them)."
        )


def _job(entry: Entry, name: str, lines: tuple[str, ...]) -> str:
    return JOB.format(
        marker=comments.marker(entry),
        name=name,
        alone="" if entry.job and not entry.job.exclusive else ALONE.format(name=name),
        lines=json.dumps(lines),
        minutes=-(-(patience(entry) + 4 * MARGIN) // 60),
        call=curl(entry),
    )


def spread_out(line: str, entry: Entry, most: int) -> str:
    """A line of minute 0, later by 1 to `most` minutes, always the same for one job."""
    hurried = entry.max_late is not None or (
        entry.job and entry.job.grace is not None and entry.job.grace < SOON
    )
    if not most or hurried or not line.startswith("0 "):
        return line
    return f"{1 + zlib.crc32(entry.name.encode()) % most}{line[1:]}"


exporter = GitHubActions(
    "GitHub Actions",
    "github-actions.yml",
    dialect=Dialect(zones=True, floor=5),
    settings={
        "spread": Setting(
            default="5", help="by how many minutes at most a line at minute 0 is moved; 0 for none"
        )
    },
)

"""Vercel Schedules (beta): `schedules` of vercel.json, each in its own zone.

Source: vercel.com/docs/schedules/configuration, /handle-runs and the changelog of its public beta, of
2026. A path is called with GET and `Authorization: Bearer $CRON_SECRET`, as the Cron Jobs before it; a
function is private, and gets the scheduled time, which it sends on. Runs of a function or path are not
repeated. What a clock change does is not documented.
"""

from __future__ import annotations

from typing import Any

from jobs_api.exporters.common.exporter import Dialect
from jobs_api.exporters.common.plan import Plan
from jobs_api.exporters.common.rows import Row, dns_name, rows
from jobs_api.exporters.vercel import SETTINGS, Vercel, calls, path

LONGEST = 64
FUNCTION = "api/trigger.js"
TRIGGERS = {FUNCTION: {"experimentalTriggers": [{"type": "schedule/v1beta"}]}}
PROXY = """\
import {{ handleSchedule }} from "@vercel/schedules";

const CALLS = {{
{calls}}};

export const POST = handleSchedule(async ({{ name, scheduledAt }}) => {{
  const answer = await fetch(CALLS[name], {{
    method: "POST",
    redirect: "manual", // a redirected POST would become a GET
    headers: {{
      Authorization: `Bearer ${{process.env.CRON_SECRET}}`,
      "Jobs-Scheduled-At": new Date(scheduledAt).toISOString(),
    }},
  }});
  if (!answer.ok) throw new Error(`${{name}}: ${{answer.status}} ${{(await answer.text()).slice(0, 500)}}`);
}});
"""


class VercelSchedules(Vercel):
    """JSON, which holds no comments; or the code of the function."""

    def config(self, plan: Plan) -> dict[str, Any]:
        found = {}
        private = plan.settings["write"] == "post"
        for row in schedules(plan):
            target = {"function": FUNCTION} if private else {"path": path(row.entry), "requestMethod": "GET"}
            found[row.name] = {"schedule": row.line, "timezone": row.entry.timezone, **target}
        return {"schedules": found, **({"functions": TRIGGERS} if private else {})}

    def proxy(self, plan: Plan) -> str:
        return PROXY.format(calls=calls((row.entry, row.name) for row in schedules(plan)))


def schedules(plan: Plan) -> list[Row]:
    """A row for each schedule."""
    return rows(plan, limit=LONGEST, spelled=dns_name)


exporter = VercelSchedules(
    "Vercel Schedules", "vercel.json", dialect=Dialect(zones=True, sunday=0), settings=SETTINGS, comment=""
)

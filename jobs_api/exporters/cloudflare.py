"""Cloudflare Workers: a Worker with cron triggers, and its wrangler.jsonc.

Source: developers.cloudflare.com/workers/configuration/cron-triggers, /runtime-apis/handlers/scheduled
and /platform/limits, of 2026. Times are UTC; 1 is Sunday, so that days are written by name. An account
has 5 cron triggers on the free plan, 250 on the paid one; equal lines are one trigger. A handler may take
15 minutes.
"""

from __future__ import annotations

import json

from jobs_api.exporters.common import comments, folder
from jobs_api.exporters.common.exporter import Exporter, Setting
from jobs_api.exporters.common.plan import Entry, Plan

WORKER = """\
const CALLS = [
{calls}];

export default {{
  async scheduled(controller, env) {{
    const due = CALLS.filter(({{ crons }}) => crons.includes(controller.cron));
    if (due.length === 0) throw new Error(`No job has the cron line ${{controller.cron}}`);
    const results = await Promise.allSettled(due.map(({{ url }}) => post(url, controller, env)));
    const failed = results.filter(({{ status }}) => status === "rejected");
    if (failed.length > 0) throw new Error(failed.map(({{ reason }}) => reason.message).join("\\n"));
  }},
}};

async function post(url, controller, env) {{
  const response = await fetch(url, {{
    method: "POST",
    redirect: "manual", // a redirected POST would become a GET
    headers: {{
      Authorization: `Bearer ${{env.CRON_SECRET}}`,
      "Jobs-Scheduled-At": new Date(controller.scheduledTime).toISOString(),
    }},
  }});
  const answer = await response.text();
  if (!response.ok) throw new Error(`${{url}}: ${{response.status}} ${{answer.slice(0, 500)}}`);
}}
"""


class Cloudflare(Exporter):
    """Two files, one after the other."""

    def render(self, plan: Plan) -> str:
        head = comments.commented(self, comments.head(self, plan))
        calls = "".join(self._call(entry) for entry in plan.entries)
        top = "".join(f"// {line}\n" for line in comments.head(self, plan)[:3])
        config = json.dumps(self._config(plan), indent=2) + "\n"
        worker = WORKER.format(calls=calls)
        return folder.join(head, {"wrangler.jsonc": top + config, "worker.js": top + worker})

    def how_to_apply(self, plan: Plan) -> str:
        return (
            "Write its files with --output cloudflare.\n"
            "There: npx wrangler secret put CRON_SECRET, and npx wrangler deploy. Changes take up to 15 "
            "minutes.\n"
            f"Cron triggers here: {len(crons(plan))}. An account may have 5, or 250 on the paid plan."
        )

    def _config(self, plan: Plan) -> dict[str, object]:
        return {
            "name": plan.settings["name"],
            "main": "worker.js",
            "compatibility_date": "2026-01-01",
            "workers_dev": False,
            "preview_urls": False,
            "observability": {"enabled": True},
            "triggers": {"crons": crons(plan)},
        }

    def _call(self, entry: Entry) -> str:
        call = f"{{ crons: {json.dumps(entry.lines)}, url: {json.dumps(entry.url)} }}"
        return f"  // {comments.marker(entry)}\n  {call},\n"


def crons(plan: Plan) -> list[str]:
    """The cron triggers; jobs of the same line share one."""
    return list(dict.fromkeys(line for entry in plan.entries for line in entry.lines))


exporter = Cloudflare(
    "Cloudflare Workers",
    "cloudflare/",
    settings={"name": Setting(default="jobs", help="the name of the Worker")},
)

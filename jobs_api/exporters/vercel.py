"""Vercel Cron Jobs: `crons` of vercel.json, in UTC.

Source: vercel.com/docs/cron-jobs and /docs/cron-jobs/manage-cron-jobs, of 2026. Vercel calls a path of
its own project with GET, and sends `Authorization: Bearer $CRON_SECRET` where that variable is set. Days
are numbers, 0 is Sunday. A call is never repeated; the same event may be delivered twice. Vercel calls
this a legacy feature now, and has Schedules (`vercel-schedules`).

Where Django runs elsewhere, or ALLOW_GET is not wanted, a small function of a Vercel project takes the
GET and sends a POST: `write=post` names it in vercel.json, `write=proxy` is its code.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from jobs_api.exporters.common import comments
from jobs_api.exporters.common.exporter import Dialect, Exporter, Setting
from jobs_api.exporters.common.plan import Entry, Plan
from jobs_api.exporters.common.rows import named
from jobs_api.exporters.common.values import one_of

SCHEMA = "https://openapi.vercel.sh/vercel.json"
PROXY = """\
import {{ createHash, timingSafeEqual }} from "node:crypto";

const CALLS = {{
{calls}}};

const digest = (text) => createHash("sha256").update(`${{text}}`).digest();

export default async function handler(request, response) {{
  const secret = process.env.CRON_SECRET;
  const sent = digest(request.headers.authorization);
  if (!secret || !timingSafeEqual(sent, digest(`Bearer ${{secret}}`))) return response.status(401).end();
  const url = Object.hasOwn(CALLS, request.query.job) && CALLS[request.query.job];
  if (!url) return response.status(404).end();
  // A redirected POST would become a GET.
  const answer = await fetch(url, {{
    method: "POST",
    redirect: "manual",
    headers: {{ Authorization: `Bearer ${{secret}}` }},
  }});
  return response.status(answer.status || 502).send(await answer.text());
}}
"""
SETTINGS = {
    "write": Setting(
        default="get",
        help="get: vercel.json that calls jobs_api itself; post: one that calls a proxy; proxy: its code",
    )
}


class Vercel(Exporter):
    """JSON, which holds no comments; or the code of the proxy."""

    def render(self, plan: Plan) -> str:
        if one_of(plan, "write", "get", "post", "proxy") == "proxy":
            lines = comments.head(self, plan)
            return "".join(f"// {line}\n" for line in lines) + self.proxy(plan)
        return json.dumps({"$schema": SCHEMA, **self.config(plan)}, indent=2) + "\n"

    def how_to_apply(self, plan: Plan) -> str:
        if plan.settings["write"] == "proxy":
            return "Commit it as api/trigger.js of a Vercel project, beside the vercel.json of write=post."
        return (
            "Commit it as vercel.json; merge it if there is one. Set CRON_SECRET in the project, and "
            "deploy.\n"
            "Vercel calls its own project. Where Django runs elsewhere: --set write=post, and write=proxy.\n"
            "With write=get, set JOBS_API = {'ALLOW_GET': True}: Vercel can send a GET only."
        )

    def config(self, plan: Plan) -> dict[str, Any]:
        """The members of vercel.json."""
        proxied = plan.settings["write"] == "post"
        return {
            "crons": [
                {"path": f"/api/trigger?job={name}" if proxied else path(entry), "schedule": line}
                for entry, name in named(plan)
                for line in entry.lines
            ]
        }

    def proxy(self, plan: Plan) -> str:
        """JavaScript."""
        return PROXY.format(calls=calls(named(plan)))


def path(entry: Entry) -> str:
    """The path of our URL, which Vercel calls in its own project."""
    url = urlsplit(entry.url)
    return f"{url.path}?{url.query}"


def calls(found: Iterable[tuple[Entry, str]]) -> str:
    """The members of a proxy's object: from the name of a call to its URL."""
    return "".join(
        f"  // {comments.marker(entry)}\n  {json.dumps(name)}: {json.dumps(entry.url)},\n"
        for entry, name in found
    )


exporter = Vercel("Vercel Cron Jobs", "vercel.json", dialect=Dialect(sunday=0), settings=SETTINGS, comment="")

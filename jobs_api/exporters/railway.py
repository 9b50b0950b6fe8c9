"""Railway: one cron service per cron line, each with a railway.toml.

Source: docs.railway.com/cron-jobs and /config-as-code/reference, of 2026. Times are UTC. Two runs are at
least 5 minutes apart, over midnight, too. A run that is still active skips the next one, and is never
ended.
"""

from __future__ import annotations

import json

from jobs_api.exporters.common import comments, folder
from jobs_api.exporters.common.curl import command, curl
from jobs_api.exporters.common.exporter import COMMAND, HTTP, Dialect, Exporter
from jobs_api.exporters.common.plan import Plan
from jobs_api.exporters.common.rows import Row, dns_name, rows


class Railway(Exporter):
    """Files of configuration, one after the other."""

    def render(self, plan: Plan) -> str:
        head = comments.commented(self, comments.head(self, plan))
        return folder.join(head, dict(self._file(row, plan) for row in rows(plan, spelled=dns_name)))

    def how_to_apply(self, plan: Plan) -> str:
        return (
            "Write its files with --output railway.\n"
            "For each of them, make a service from this repository, and name the file as its "
            "Config-as-code file.\n"
            "Share CRON_SECRET with it as a reference variable: CRON_SECRET=${{web.CRON_SECRET}}. Use "
            "https: a redirect "
            "from plain http turns a POST into a GET."
        )

    def _file(self, row: Row, plan: Plan) -> tuple[str, str]:
        start = command(row.entry) if plan.form == COMMAND else f"sh -c {_quoted(curl(row.entry))}"
        top = comments.commented(self, [*comments.head(self, plan)[:3], comments.marker(row.entry)])
        deploy = f"startCommand = {json.dumps(start)}\ncronSchedule = {json.dumps(row.line)}\n"
        return f"railway.{row.name}.toml", f'{top}[deploy]\n{deploy}restartPolicyType = "NEVER"\n'


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


exporter = Railway("Railway", "railway/", forms=(HTTP, COMMAND), dialect=Dialect(sunday=0, floor=5))

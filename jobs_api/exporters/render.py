"""Render: cron services of render.yaml, each with one cron line in UTC.

Source: render.com/docs/cronjobs and /docs/blueprint-spec, of 2026. Times are UTC. At most one run of a
service is active: the next one waits for it. A run ends after 12 hours at the latest, and is not
repeated.
"""

from __future__ import annotations

import json

from jobs_api.exporters.common import comments
from jobs_api.exporters.common.curl import command, curl
from jobs_api.exporters.common.exporter import COMMAND, HTTP, Dialect, Exporter, Setting
from jobs_api.exporters.common.plan import Plan
from jobs_api.exporters.common.rows import Row, dns_name, rows
from jobs_api.exporters.common.values import one_of, word

ENV = {
    "service": (
        "      - key: CRON_SECRET\n        fromService:\n          type: web\n          name: {web}\n"
        "          envVarKey: CRON_SECRET\n"
    ),
    "group": "      - fromGroup: {group}\n",
    "dashboard": "      - key: CRON_SECRET\n        sync: false # Render asks for it once\n",
}


class Render(Exporter):
    """The member `services` of a Blueprint."""

    def render(self, plan: Plan) -> str:
        head = comments.commented(self, comments.head(self, plan))
        own = rows(plan, spelled=lambda name: dns_name(word(plan, "prefix") + name))
        return f"{head}services:\n" + "\n".join(self._service(row, plan) for row in own)

    def how_to_apply(self, plan: Plan) -> str:
        text = "Copy the services below into the list `services` of render.yaml, and sync the Blueprint.\n"
        if plan.form == COMMAND:
            return (
                text
                + "The environment group of that name has what the web service has, DATABASE_URL among it."
            )
        return (
            text
            + "Each is a paid service: run-due alone needs one for all jobs. Use the public https address."
        )

    def _service(self, row: Row, plan: Plan) -> str:
        build, start = '"true" # curl is part of the runtime', curl(row.entry)
        env = ENV[one_of(plan, "secret", *ENV)]
        if plan.form == COMMAND:
            build, start, env = json.dumps(plan.settings["build"]), command(row.entry), ENV["group"]
        quoted = {name: json.dumps(value) for name, value in plan.settings.items()}
        return (
            f"  # {comments.marker(row.entry)}\n"
            f"  - type: cron\n    name: {json.dumps(row.name)}\n"
            f"    runtime: python\n    plan: {quoted['plan']}\n"
            f"    schedule: {json.dumps(row.line)}\n"
            f"    buildCommand: {build}\n    startCommand: {json.dumps(start)}\n"
            f"    envVars:\n{env.format(**quoted)}"
        )


exporter = Render(
    "Render",
    "render.yaml",
    forms=(HTTP, COMMAND),
    dialect=Dialect(sunday=0),
    settings={
        "web": Setting(default="web", help="the web service, which has CRON_SECRET"),
        "group": Setting(
            default="web", help="the environment group of the manage.py form, or of secret=group"
        ),
        "secret": Setting(default="service", help="where CRON_SECRET is: service, group or dashboard"),
        "prefix": Setting(default="jobs-", help="what the names of the services begin with"),
        "plan": Setting(default="starter", help="the instance type"),
        "build": Setting(
            default="pip install -r requirements.txt", help="the build command of the manage.py form"
        ),
    },
)

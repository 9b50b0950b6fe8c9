"""Azure Logic Apps (Consumption): a workflow per job that calls its URL, as an ARM template.

Its zones have Windows's own names, and `hours` follows them through clock changes in ways that no page says:
so all times are in UTC. Source: learn.microsoft.com/azure/logic-apps, "Schema reference for triggers and
actions", "Handle errors and exceptions", "Secure access and data"; learn.microsoft.com/azure/templates,
Microsoft.Logic/workflows 2019-05-01.
"""

from __future__ import annotations

import json
from typing import Any

from jobs_api.exporters.common.comments import head, marker
from jobs_api.exporters.common.exporter import Dialect, Exporter
from jobs_api.exporters.common.plan import Entry, Plan
from jobs_api.exporters.common.recurrence import recurrence
from jobs_api.exporters.common.rows import named

LONGEST_NAME, MOST_TRIGGERS = 43, 10
"""Of a workflow. Names that differ in case only are the same to Azure."""
SHORTEST_WAIT, LONGEST_WAIT, MOST_RETRIES = 5, 24 * 3600, 90
TEMPLATE = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
WORKFLOW = "https://schema.management.azure.com/providers/Microsoft.Logic/schemas/2016-06-01/workflowdefinition.json#"
LARGEST = 800
"""Resources of a template."""
SCHEDULED = "@{coalesce(trigger()?['scheduledTime'], trigger()?['startTime'], utcNow())}"
"""The trigger's history has both; no page promises the first in expressions. The others are later."""


class AzureLogicApps(Exporter):
    """An ARM template: JSON, with the declarations in `comments`, which Azure leaves alone."""

    def render(self, plan: Plan) -> str:
        template = {
            "$schema": TEMPLATE,
            "contentVersion": "1.0.0.0",
            "metadata": {"comments": head(self, plan)},
            "parameters": {
                "cronSecret": {
                    "type": "securestring",
                    "minLength": 32,
                    "metadata": {"description": "The value of CRON_SECRET: one secret, without Bearer."},
                },
                "location": {"type": "string", "defaultValue": "[resourceGroup().location]"},
            },
            "resources": [
                _workflow(entry, name) for entry, name in named(plan, limit=LONGEST_NAME, spelled=str.lower)
            ],
        }
        return json.dumps(template, indent=2) + "\n"

    def how_to_apply(self, plan: Plan) -> str:
        lines = [
            "Apply it, and each change, with:",
            f"  az deployment group create --resource-group ... --template-file {self.file}",
            "It asks for cronSecret; or name a secret of a key vault in a file of parameters.",
            "A workflow that is no longer declared stays: delete it with az resource delete.",
        ]
        if (count := len(plan.entries)) > LARGEST:
            lines.append(f"A template holds {LARGEST} resources; this has {count}: export parts with --only.")
        return "\n".join(lines)


def _workflow(entry: Entry, name: str) -> dict[str, Any]:
    triggers = {f"line{number}": recurrence(line) for number, line in enumerate(entry.lines, 1)}
    return {
        "type": "Microsoft.Logic/workflows",
        "apiVersion": "2019-05-01",
        "name": name,
        "location": "[parameters('location')]",
        "comments": marker(entry),
        "properties": {
            "state": "Enabled",
            "definition": {
                "$schema": WORKFLOW,
                "contentVersion": "1.0.0.0",
                "parameters": {"cronSecret": {"type": "SecureString"}},
                "triggers": triggers,
                "actions": {"call": _call(entry)},
                "outputs": {},
            },
            "parameters": {"cronSecret": {"value": "[parameters('cronSecret')]"}},
        },
    }


def _call(entry: Entry) -> dict[str, Any]:
    """The HTTP action. A 202 ends it: to follow its Location would hold each workflow until the run ends."""
    timed = {"Jobs-Scheduled-At": SCHEDULED} if entry.job else {}
    return {
        "type": "Http",
        "runAfter": {},
        "inputs": {
            "method": "POST",
            "uri": entry.url,
            "headers": {"Authorization": "Bearer @{parameters('cronSecret')}", **timed},
            "retryPolicy": _retry_policy(entry),
        },
        "operationOptions": "DisableAsyncPattern",
        "runtimeConfiguration": {"secureData": {"properties": ["inputs"]}},
    }


def _retry_policy(entry: Entry) -> dict[str, Any]:
    """Two calls a try: while a failed slot waits for its back-off, the answer is a 503."""
    if entry.job is None:
        return {"type": "none"}
    wait = min(LONGEST_WAIT, max(SHORTEST_WAIT, round(entry.job.retry_backoff)))
    count = min(MOST_RETRIES, 2 * entry.job.max_attempts)
    limits = {"minimumInterval": f"PT{SHORTEST_WAIT}S", "maximumInterval": f"PT{LONGEST_WAIT // 3600}H"}
    return {"type": "exponential", "count": count, "interval": f"PT{wait}S", **limits}


exporter = AzureLogicApps(
    "Azure Logic Apps", "logic-apps.json", dialect=Dialect(lines=MOST_TRIGGERS), comment=""
)

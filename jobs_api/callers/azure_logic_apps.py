"""Azure Logic Apps: an HTTP action; the scheduled time comes in our own header, by an expression."""

from __future__ import annotations

from jobs_api.callers import Call, Caller

RUN = "x-ms-workflow-run-id"


class AzureLogicApps(Caller):
    """Source: learn.microsoft.com/connectors/office365/#smtp-headers documents the user agent; the

    headers x-ms-workflow-* are those of each request of a workflow, as its run history shows them.
    """

    mark = RUN

    def signed(self, call: Call) -> bool:
        return self.mark in call.headers

    def reference(self, call: Call) -> str:
        name, run = (call.headers.get(key, "") for key in ("x-ms-workflow-name", RUN))
        return f"{name} {run}".strip()


caller = AzureLogicApps("azure_logic_apps", "azure-logic-apps")

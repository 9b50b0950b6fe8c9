"""The audit: who did what, from where, why, and with what result."""

from __future__ import annotations

from typing import ClassVar

from django.db.models import Q

from jobs_api.admin.base import ShowingAdmin
from jobs_api.admin.filters import JobFilter, choice, within
from jobs_api.admin.showing import as_json, fact
from jobs_api.audit import ACTIONS
from jobs_api.audit.origin import ORIGINS


class AuditEntryAdmin(ShowingAdmin):
    """Entries of the audit."""

    list_display = (
        fact("at", lambda entry: entry.at),
        fact("who", lambda entry: entry.actor),
        fact("action", lambda entry: entry.action),
        fact("job", lambda entry: entry.job_name),
        fact("run", lambda entry: entry.run),
        fact("subject", lambda entry: entry.subject),
        fact("result", lambda entry: entry.result),
        fact("why", lambda entry: entry.reason),
        fact("by way of", lambda entry: entry.origin),
        fact("from", lambda entry: entry.address),
    )
    list_filter = (
        JobFilter,
        choice("action", ACTIONS, lambda value: Q(action=value)),
        choice("origin", ORIGINS, lambda value: Q(origin=value)),
        within("at", "within"),
    )
    groups: ClassVar = (
        (
            None,
            [
                *list_display,
                fact("slot", lambda entry: entry.run_date),
                fact("details", lambda entry: as_json(entry.details)),
            ],
        ),
    )

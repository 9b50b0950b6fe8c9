"""The last calls that were refused, for whoever sets up the first one."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.utils.translation import gettext

from jobs_api.database import alias
from jobs_api.models import RefusedCall


class Refused(NamedTuple):
    """Calls from one address that were refused for one reason."""

    at: datetime
    """When the last of them came; written within a minute."""
    address: str
    status: int
    reason: str
    """A sentence without secrets."""
    times: int


def refused_calls() -> list[Refused]:
    """The newest first, at most 20: one statement."""
    rows = RefusedCall.objects.using(alias()).order_by("-at", "place")
    return [Refused(row.at, row.address, row.status, gettext(row.reason), row.times) for row in rows]

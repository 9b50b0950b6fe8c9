"""Check JOBS_API["ALERTS"]."""

from __future__ import annotations

from typing import Any

from django.core import checks

from jobs_api.alerts import checking
from jobs_api.checks.messages import errors
from jobs_api.checks.settings import key_faults


def check_alerts(**_: Any) -> list[checks.CheckMessage]:
    """Channels that could not send, or would never hear of anything."""
    if any(key_faults()):  # check_settings reports them
        return []
    return errors(checking.faults())

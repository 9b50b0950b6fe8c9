"""Check JOBS_API["CHECK_INS"]."""

from __future__ import annotations

from typing import Any

from django.core import checks

from jobs_api.checks.messages import errors
from jobs_api.checks.settings import key_faults
from jobs_api.conf import config


def check_check_ins(**_: Any) -> list[checks.CheckMessage]:
    """Monitors that could not be told, or hear of nothing."""
    if any(key_faults()) or not config().check_ins:  # check_settings reports the former
        return []
    from jobs_api.check_ins import checking  # where there are none, their modules are not loaded

    return errors(checking.faults())

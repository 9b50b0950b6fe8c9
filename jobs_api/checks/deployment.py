"""Check what matters in production, for `check --deploy`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core import checks

from jobs_api import conf
from jobs_api.registry.validation import Fault


def check_deployment(**_: Any) -> list[checks.CheckMessage]:
    """Without a secret every request is refused; with ALLOW_GET a URL is enough to trigger."""
    return [checks.Warning(fault.text, hint=fault.hint, id=fault.id) for fault in _deployment_faults()]


def _deployment_faults() -> Iterator[Fault]:
    if not conf.cron_secrets():
        hint = (
            "Set CRON_SECRET in the environment, or silence this check and use manage.py jobs_token create."
        )
        yield Fault("jobs_api.W001", "No CRON_SECRET is set.", hint)
    if conf.config().allow_get is True:
        text = "JOBS_API['ALLOW_GET'] is on: whatever sends a GET with a token to a job's URL triggers it."
        hint = (
            "Only callers that cannot send a POST, such as Vercel's cron, need it. Give them a token with "
            "the scope trigger, for their jobs only, and silence this check; or turn it off."
        )
        yield Fault("jobs_api.W006", text, hint)

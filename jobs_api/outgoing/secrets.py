"""Texts that leave this site, without secrets: alerts, check-ins, traces."""

from __future__ import annotations

from jobs_api.conf import cron_secrets
from jobs_api.text.secrets import MASK, masked

SHORTEST = 8
"""Letters of a CRON_SECRET: one that is shorter is refused, and would be found in many words."""


def without_secrets(text: str) -> str:
    """With `***` for what looks like a secret, and for CRON_SECRET."""
    for secret in cron_secrets():
        text = text.replace(secret, MASK) if len(secret) >= SHORTEST else text
    return masked(text)

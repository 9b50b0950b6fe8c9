"""Check what JOBS_API["OPENTELEMETRY"] needs."""

from __future__ import annotations

from typing import Any

from django.core import checks

from jobs_api import tracing
from jobs_api.checks.messages import errors
from jobs_api.conf import config
from jobs_api.registry.validation import Fault


def check_tracing(**_: Any) -> list[checks.CheckMessage]:
    """The library, where it is switched on."""
    if not config().opentelemetry or tracing.is_installed():
        return []
    hint = "pip install 'django-jobs-api[opentelemetry]', and the SDK with an exporter; or switch it off."
    return errors(iter([Fault("jobs_api.E094", tracing.MISSING, hint)]))

"""Check what the host's middleware does to our requests and answers, for `check --deploy`.

A test request goes through the whole chain of MIDDLEWARE, without a network. Our outermost wrapper answers it
in the place of the view: no view, no statement and no job of ours runs.
"""

from __future__ import annotations

from typing import Any

from django.core import checks

from jobs_api.registry.validation import Fault

ASKED = "jobs_api.question"
"""The key of a test request in META. No caller can set it: servers name headers HTTP_*."""


def check_middleware(**_: Any) -> list[checks.CheckMessage]:
    """Whatever redirects, refuses, stores or changes requests to jobs_api; never raises."""
    from jobs_api.checks.middleware.asking import found  # what it imports is not needed to start a server

    return [_message(fault) for fault in found()]


def _message(fault: Fault) -> checks.CheckMessage:
    level = checks.INFO if fault.id.startswith("jobs_api.I") else checks.WARNING
    return checks.CheckMessage(level, fault.text, hint=fault.hint, id=fault.id)

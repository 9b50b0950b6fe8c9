"""Keep a token out of what an error tracker sends of its request."""

from __future__ import annotations

import sys
from typing import Any

NAME = "x-jobs-token"


def hide_header() -> None:
    """Let Sentry, if the host has loaded it, hide our own header: by itself it knows Authorization only.

    What a command or a view raises in this request is sent with the request's headers.
    """
    isolation_scope = getattr(sys.modules.get("sentry_sdk"), "get_isolation_scope", None)  # since 2.0
    if isolation_scope is None:
        return
    scope = isolation_scope()
    known = getattr(scope, "_event_processors", ())
    if not known or known[-1] is not _hidden:  # a scope that no request begins anew never ends
        scope.add_event_processor(_hidden)  # after Sentry's own, which adds the headers


def _hidden(event: Any, hint: Any) -> Any:
    headers = (event.get("request") or {}).get("headers")
    if isinstance(headers, dict):
        for name in headers:
            if str(name).lower() == NAME:
                headers[name] = "[Filtered]"
    return event

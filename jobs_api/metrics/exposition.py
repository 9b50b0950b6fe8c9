"""The text that `/metrics` answers, in the format that the asker prefers."""

from __future__ import annotations

from typing import Any

from jobs_api.metrics.collecting import collector_of, library
from jobs_api.metrics.view import View

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


def render(accept: str, view: View) -> tuple[bytes, str]:
    """The metrics that this asker may see, and their media type.

    Args:
        accept: the header Accept.

    Raises:
        MetricsUnavailable: prometheus-client is not installed.
    """
    client = library()
    # No registry of the process: whatever else is in there is for the host to show.
    registry = client.CollectorRegistry(auto_describe=False)
    registry.register(collector_of(view))
    if _prefers_openmetrics(accept):
        from prometheus_client.openmetrics import exposition as openmetrics

        write: Any = openmetrics.generate_latest
        return write(registry), OPENMETRICS
    return client.generate_latest(registry), TEXT


def _prefers_openmetrics(accept: str) -> bool:
    wanted = _weight(accept, "application/openmetrics-text")
    return wanted > 0 and wanted >= _weight(accept, "text/plain")


def _weight(accept: str, kind: str) -> float:
    """How much the asker wants this media type, from 0 to 1."""
    found = 0.0
    for wanted in accept.split(","):
        name, *parameters = (part.strip().lower() for part in wanted.split(";"))
        if name == kind:
            given = [value for value in parameters if value.startswith("q=")]
            found = max(found, _number(given[0][2:]) if given else 1.0)
    return found


def _number(text: str) -> float:
    try:
        return min(max(float(text), 0.0), 1.0)
    except ValueError:
        return 0.0

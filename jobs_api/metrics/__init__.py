"""Metrics for Prometheus: what `/metrics` answers, and the same for a host that has an endpoint of its own.

    from prometheus_client import REGISTRY
    from jobs_api import metrics

    metrics.register(REGISTRY)

prometheus-client is imported when one of these is called: `pip install "django-jobs-api[prometheus]"`.
Everything is read from the database when somebody asks: see docs/metrics.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prometheus_client.registry import Collector, CollectorRegistry


def collector() -> Collector:
    """A collector of all metrics of jobs_api, for a registry of the host. It reads nothing until it is asked.

    Raises:
        MetricsUnavailable: prometheus-client is not installed.
    """
    from jobs_api.metrics.collecting import collector_of
    from jobs_api.metrics.view import EVERYTHING

    return collector_of(EVERYTHING)


def register(registry: CollectorRegistry) -> None:
    """Add the metrics of jobs_api to a registry of the host; its own endpoint then shows them, too.

    Raises:
        MetricsUnavailable: prometheus-client is not installed.
        ValueError: they are registered there already.
    """
    registry.register(collector())

"""The collector: reads when it is asked, and gives prometheus-client its families."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from django.db import connections

from jobs_api.database import ERRORS, alias
from jobs_api.database.bounds import bounded
from jobs_api.database.problems import problem_of
from jobs_api.exceptions import DatabaseBusy, MetricsUnavailable, NotReady
from jobs_api.metrics.catalog import METRICS, Metric
from jobs_api.metrics.reading import read
from jobs_api.metrics.samples import Sample, of_the_process, samples
from jobs_api.metrics.view import View
from jobs_api.monitoring.histograms import Histogram
from jobs_api.text import loggers, one_line

if TYPE_CHECKING:
    from prometheus_client.registry import Collector

logger = loggers.logger(__name__)


def library() -> Any:
    """prometheus-client.

    Raises:
        MetricsUnavailable: it is not installed.
    """
    try:
        import prometheus_client.core
    except ImportError as error:
        raise MetricsUnavailable from error
    return prometheus_client


def collector_of(view: View, *, now: datetime | None = None) -> Collector:
    """A collector of what this asker may see.

    Raises:
        MetricsUnavailable: prometheus-client is not installed.
    """
    core = library().core

    class JobsCollector:
        """What a registry calls."""

        def describe(self) -> Iterable[Any]:
            """The metrics without values, for a registry that looks for names that are in use."""
            return [_family(core, metric) for metric in METRICS]

        def collect(self) -> Iterable[Any]:
            """All metrics as they are now."""
            return _families(core, current(view, now=now))

    return JobsCollector()


def current(view: View, *, now: datetime | None = None) -> list[Sample]:
    """All samples; without a database only that it cannot be reached."""
    connection = connections[alias()]
    was_open = connection.connection is not None
    try:
        with bounded():
            found = list(samples(read(view, now=now)))
    except (*ERRORS, DatabaseBusy) as error:
        if not isinstance(problem_of(error), DatabaseBusy | NotReady):
            raise
        logger.warning("The metrics could not be read: %s", one_line(str(error)))
        return list(of_the_process(reachable=False))
    finally:
        if not was_open:  # the thread of an exporter has no request at whose end Django would close it
            connection.close()
    return [*of_the_process(reachable=True), *found]


def _families(core: Any, found: Iterable[Sample]) -> Iterator[Any]:
    """The families in the order of the catalog; one without samples is left out."""
    by_name: dict[str, list[Sample]] = {}
    for sample in found:
        by_name.setdefault(sample.name, []).append(sample)
    for metric in METRICS:
        if metric.name in by_name:
            family = _family(core, metric)
            for sample in by_name[metric.name]:
                _add(family, metric, sample)
            yield family


def _family(core: Any, metric: Metric) -> Any:
    kinds = {
        "gauge": core.GaugeMetricFamily,
        "counter": core.CounterMetricFamily,
        "histogram": core.HistogramMetricFamily,
        "info": core.InfoMetricFamily,
    }
    labels = () if metric.kind == "info" else metric.labels
    return kinds[metric.kind](metric.name.removesuffix("_info"), metric.help, labels=labels)


def _add(family: Any, metric: Metric, sample: Sample) -> None:
    if isinstance(sample.value, Histogram):
        family.add_metric(sample.labels, *_buckets(sample.value))
    elif metric.kind == "info":
        family.add_metric((), dict(zip(metric.labels, sample.labels, strict=True)))
    else:
        family.add_metric(sample.labels, sample.value)


def _buckets(histogram: Histogram) -> tuple[list[tuple[str, int]], float]:
    """As prometheus-client takes them: each counts those below it, too."""
    bounds = [_bound(bound) for bound in (*histogram.bounds, math.inf)]
    return list(zip(bounds, accumulate(histogram.counts), strict=True)), histogram.sum


def _bound(bound: float) -> str:
    return "+Inf" if bound == math.inf else str(float(bound))

"""The real SDK, with exporters that keep what they get in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from jobs_api import tracing

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
CONTEXT = f"00-{TRACE}-{SPAN}-01"


class Exported:
    """What has been exported since the test began."""

    def __init__(self, exporter: InMemorySpanExporter, reader: InMemoryMetricReader) -> None:
        self._exporter, self._reader = exporter, reader
        exporter.clear()
        self._before = self._points()

    @property
    def spans(self) -> list[ReadableSpan]:
        """In the order in which they ended."""
        return list(self._exporter.get_finished_spans())

    @property
    def names(self) -> list[str]:
        """Theirs."""
        return [span.name for span in self.spans]

    def one(self, name: str) -> ReadableSpan:
        """The only span whose name begins so."""
        (span,) = [span for span in self.spans if span.name.startswith(name)]
        return span

    def points(self, name: str) -> dict[tuple[tuple[str, Any], ...], Any]:
        """The metric's points that have changed: a sum's growth, or a histogram's count."""
        grown = {key: value - self._before.get(key, 0) for key, value in self._points().items()}
        return {
            attributes: value for (metric, attributes), value in grown.items() if metric == name and value
        }

    def value(self, name: str, **attributes: str) -> Any:
        """Of the point with these attributes, whose names begin with `jobs_api.`; None if there is none."""
        wanted = {f"jobs_api.{key}": value for key, value in attributes.items()}
        return self.points(name).get(_key(wanted))

    def _points(self) -> dict[Any, Any]:
        data: Any = self._reader.get_metrics_data()
        found: dict[Any, Any] = {}
        for resource in data.resource_metrics if data else ():
            for scope in resource.scope_metrics:
                for metric in scope.metrics:
                    for point in metric.data.data_points:
                        value = getattr(point, "value", None)
                        found[metric.name, _key(point.attributes)] = point.count if value is None else value
        return found


def _key(attributes: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    return tuple(sorted(attributes.items()))


@pytest.fixture(scope="session")
def sdk() -> tuple[InMemorySpanExporter, InMemoryMetricReader]:
    """A process has one provider of each for good, as a project sets them."""
    exporter, reader = InMemorySpanExporter(), InMemoryMetricReader()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    metrics.set_meter_provider(MeterProvider([reader], shutdown_on_exit=False))
    return exporter, reader


@pytest.fixture
def exported(sdk: tuple[InMemorySpanExporter, InMemoryMetricReader]) -> Iterator[Exported]:
    """OPENTELEMETRY is on, and this is what comes of it."""
    tracing.start()
    yield Exported(*sdk)
    tracing.stop()


@pytest.fixture
def own() -> Callable[..., Any]:
    """A behaviour of the toy: it makes a span of its own."""

    def behave(command: Any, **options: Any) -> None:
        with trace.get_tracer("toy").start_as_current_span("the command's own"):
            pass

    return behave

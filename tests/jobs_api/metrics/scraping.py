"""Reads `/api/metrics` with the parsers of prometheus-client."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_families
from prometheus_client.parser import text_string_to_metric_families as families

OPENMETRICS = {"Accept": "application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.4"}
Found = dict[tuple[str, tuple[tuple[str, str], ...]], float]


class Scrape:
    """What one scrape has shown."""

    def __init__(self, found: Found) -> None:
        self.found = found

    def value(self, name: str, **labels: str) -> float | None:
        """Of one series; None where there is none."""
        return self.found.get((name, tuple(sorted(labels.items()))))

    def labels(self, name: str, label: str) -> set[str]:
        """Which values a label has."""
        return {dict(labels)[label] for each, labels in self.found if each == name}

    def names(self) -> set[str]:
        return {name for name, _ in self.found}


def parsed(text: str, parse: Callable[[str], Any] = families) -> Scrape:
    """As Prometheus reads it; no series twice."""
    found: Found = {}
    for family in parse(text):
        for sample in family.samples:
            key = sample.name, tuple(sorted(sample.labels.items()))
            assert key not in found, f"{key} is there twice"
            found[key] = sample.value
    return Scrape(found)


def scrape(api: Callable[..., Any], path: str = "/api/metrics", **extra: Any) -> Scrape:
    """Scrape once, as text; the API's answer is held against the OpenAPI document, too."""
    answer = api("GET", path, **extra)
    assert answer.status_code == 200, answer.content
    return parsed(
        answer.content.decode(), open_families if "openmetrics" in answer["Content-Type"] else families
    )

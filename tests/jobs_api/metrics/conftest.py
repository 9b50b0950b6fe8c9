"""A scrape of what this process has done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from jobs_api.monitoring import trigger_counts
from tests.jobs_api.metrics.scraping import Scrape, scrape


@pytest.fixture
def scraped(api: Callable[..., Any]) -> Callable[..., Scrape]:
    """``scraped()`` writes what was noted, which a minute does otherwise, and scrapes."""

    def write_and_scrape(**extra: Any) -> Scrape:
        trigger_counts.flush()
        return scrape(api, **extra)

    return write_and_scrape

"""A database that hangs is told as unreachable, in time.

Pain 23: whoever asks a frozen database waits for as long as it is frozen.
"""

from __future__ import annotations

import time

import pytest
from django.db import connection
from django.test import override_settings

from tests.jobs_api.database.hanging import cut_off, frozen, locked, locked_without_a_log, unreachable
from tests.jobs_api.metrics.scraping import scrape

pytestmark = pytest.mark.django_db(transaction=True)
HANGS = {
    "sqlite": [locked_without_a_log],
    "postgresql": [locked, frozen, cut_off, unreachable],
}[connection.vendor]


@pytest.mark.parametrize("hang", HANGS)
def test_a_database_that_hangs_is_told_as_unreachable_and_read_again_when_it_is_back(declare, api, hang):
    declare()
    with override_settings(JOBS_API={"REQUIRE_HTTPS": False, "DATABASE_SECONDS": 0.4}), hang():
        since = time.monotonic()
        assert scrape(api).value("jobs_api_database_reachable") == 0
        assert time.monotonic() - since < 8
    assert scrape(api).value("jobs_api_database_reachable") == 1

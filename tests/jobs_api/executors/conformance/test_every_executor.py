"""The suite is whole."""

from __future__ import annotations

from jobs_api import executors

from . import engines


def test_each_executor_has_an_engine_in_the_suite():
    assert engines.names() == executors.names()

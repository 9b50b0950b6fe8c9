"""`make test` runs the tests on SQLite and again on PostgreSQL; what uses no database runs once."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from django.test import TransactionTestCase

SECOND_TIME = "DATABASE_URL" in os.environ
ONE_DATABASE = pytest.mark.skipif(SECOND_TIME, reason="no database makes a difference to it: once is enough")
"""For a test that uses a database, any one."""

USES_NONE = pytest.mark.skip(reason="it uses no database: done on SQLite")
FIXTURES = {"db", "transactional_db"}


def keep_whole(path: Path) -> None:
    """Let only SQLite open the file of the test database in this process, from now on.

    When anything else in this process closes that file, POSIX drops the locks of all its connections, in all
    threads. Then another process takes itself for the last one, and removes the log that is in use.
    """
    start = str(path)

    def look(event: str, given: tuple[Any, ...]) -> None:
        if event == "open" and str(given[0]).startswith(start):
            raise AssertionError(f"{given[0]} is opened past SQLite: that takes this process's locks.")

    sys.addaudithook(look)


def skip_what_uses_none(items: Iterable[pytest.Item]) -> None:
    """Skip, the second time, the tests that pytest-django keeps away from every database.

    A test marked `each_database` uses none either, but looks at which one is set.
    """
    for item in items if SECOND_TIME else ():
        if not uses_one(item) and item.get_closest_marker("each_database") is None:
            item.add_marker(USES_NONE)


def uses_one(item: pytest.Item) -> bool:
    """Whether a test may send statements."""
    if issubclass(getattr(item, "cls", None) or object, TransactionTestCase):  # Django's TestCase, too
        return True
    fixtures = getattr(item, "fixturenames", ())
    return item.get_closest_marker("django_db") is not None or not FIXTURES.isdisjoint(fixtures)

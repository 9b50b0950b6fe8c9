"""How many statements a page takes."""

from __future__ import annotations

from collections.abc import Callable

from django.db import connection
from django.test.utils import CaptureQueriesContext

LIMITS = ("SET ", "SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")
"""What sets a time limit or belongs to a transaction is not counted."""


def statements(act: Callable[[], object]) -> int:
    """The number of statements, without those that only set a limit."""
    with CaptureQueriesContext(connection) as captured:
        act()
    return sum(not each["sql"].lstrip().upper().startswith(LIMITS) for each in captured)

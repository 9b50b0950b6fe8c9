"""Set a time limit for one statement on PostgreSQL, and read the limit that the host has set."""

from __future__ import annotations

import re
from functools import cache
from typing import Any


def set_and_report_limit(limit: int) -> str:
    """SQL that sets a limit in ms, unless the host's own is smaller, and returns the host's."""
    own = "current_setting('statement_timeout')"
    smaller = f"{own}::interval BETWEEN '1ms' AND '{limit}ms'"
    least = f"CASE WHEN {smaller} THEN {own} ELSE '{limit}' END"
    return f"SELECT {own}, set_config('statement_timeout', {least}, true)"


_UNITS = {"us": 0.001, "ms": 1, "s": 1000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}


def milliseconds(shown: str) -> int:
    """Convert a time as PostgreSQL writes it, such as 57s; 0 means no limit."""
    number, unit = re.fullmatch(r"(\d+)([a-z]*)", shown).groups()  # type: ignore[union-attr]
    return int(int(number) * _UNITS.get(unit, 1))


@cache
def accepts_several(kind: Any) -> bool:
    """Whether a cursor class sends several statements in one message: psycopg 3 with client-side binding."""
    return any(base.__name__ == "ClientCursor" for base in kind.__mro__)

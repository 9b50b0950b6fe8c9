"""How PostgreSQL is told a limit for one statement, and how it shows its own."""

from __future__ import annotations

import re
from functools import cache
from typing import Any


def ask(limit: int) -> str:
    """Set a limit in ms unless the host's own is smaller, and tell the host's."""
    own = "current_setting('statement_timeout')"
    smaller = f"{own}::interval BETWEEN '1ms' AND '{limit}ms'"
    least = f"CASE WHEN {smaller} THEN {own} ELSE '{limit}' END"
    return f"SELECT {own}, set_config('statement_timeout', {least}, true)"


_UNITS = {"us": 0.001, "ms": 1, "s": 1000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}


def milliseconds(shown: str) -> int:
    """A time as PostgreSQL shows it, such as 57s; 0 is none."""
    number, unit = re.fullmatch(r"(\d+)([a-z]*)", shown).groups()  # type: ignore[union-attr]
    return int(int(number) * _UNITS.get(unit, 1))


@cache
def takes_several(kind: Any) -> bool:
    """Whether a cursor sends several statements in one message: one of psycopg 3 that binds in the client."""
    return any(base.__name__ == "ClientCursor" for base in kind.__mro__)

"""Numbers as callers write them: in a query, in a header, on a command line. All are read here."""

from __future__ import annotations

import math
import re

LONGEST = 10**15 - 1
"""The greatest length or number of an attempt that callers may write."""
LARGEST_ID = 10**18 - 1
"""The greatest id that callers may write; each database holds more."""
_AMOUNT = re.compile(r"(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?", re.ASCII | re.IGNORECASE)


def whole(text: str, most: int) -> int | None:
    """A whole number from 0 to `most` in plain digits, at most as many as `most` has; None if it is not."""
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most))):
        return None
    number = int(text)
    return number if number <= most else None


def amount(text: str) -> float | None:
    """A number from 0 up, such as 2, 0.5 or 1e-3; None if it is not: `nan`, `inf` and `1_000` are not."""
    number = float(text) if _AMOUNT.fullmatch(text) else math.inf
    return number if math.isfinite(number) else None

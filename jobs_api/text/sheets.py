"""Lines of a spreadsheet, of which none computes anything: texts come from callers."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from typing import Any

from jobs_api.text import visible

FORMULA = re.compile('(^|[;\t\n])([ "]*)(?=[=+\\-@\uff1d\uff0b\uff0d\uff20])')
"""A spreadsheet takes a cell that begins so for a formula, also in the wide letters of East Asia. Where it
expects another separator than ours, a cell begins after that."""


def lines(rows: Iterable[Iterable[str]]) -> str:
    """Rows of cells, without the last end of line."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().removesuffix("\n")


def cell(value: Any) -> str:
    """A value as text that no spreadsheet computes: with an apostrophe before what looks like a formula."""
    text = FORMULA.sub(r"\1\2'", visible("" if value is None else str(value)))
    return f"'{text}" if text.startswith(("\t", "\n")) else text

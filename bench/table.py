"""The results: each measured number beside its promise."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence


@dataclasses.dataclass(frozen=True)
class Row:
    """One number."""

    what: str
    database: str
    value: float
    unit: str = "x"
    at_least: float | None = None
    at_most: float | None = None
    detail: str = ""
    """Where the number comes from."""

    @property
    def verdict(self) -> str:
        """ "ok", or "short" of the promise; empty without a promise."""
        if self.at_least is None and self.at_most is None:
            return ""
        low = self.at_least is not None and self.value < self.at_least
        return "short" if low or (self.at_most is not None and self.value > self.at_most) else "ok"

    @property
    def measured(self) -> str:
        """The number, in its unit."""
        return _with_unit(self.value, self.unit) + (f" ({self.detail})" if self.detail else "")

    @property
    def promised(self) -> str:
        """The bound, in the same unit."""
        if self.at_least is not None and self.at_least == self.at_most:
            return f"exactly {_with_unit(self.at_least, self.unit)}"
        if self.at_least is not None:
            return f"at least {_with_unit(self.at_least, self.unit)}"
        return "" if self.at_most is None else f"at most {_with_unit(self.at_most, self.unit)}"


def _with_unit(value: float, unit: str) -> str:
    if unit == "x":
        return f"{value:.2f} x"
    return f"{value:.0f}{unit and ' '}{unit}" if value == round(value) else f"{value:.1f} {unit}"


HEADINGS = ("What", "Database", "Measured", "Promised", "")


def as_text(rows: Sequence[Row]) -> str:
    """A table for people."""
    lines = [HEADINGS, *((row.what, row.database, row.measured, row.promised, row.verdict) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    text = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines]
    return "\n".join(line.rstrip() for line in (text[0], "-" * len(text[0]), *text[1:]))


def as_json(rows: Sequence[Row]) -> str:
    """The same for programs."""
    return json.dumps([{**dataclasses.asdict(row), "verdict": row.verdict} for row in rows], indent=2)

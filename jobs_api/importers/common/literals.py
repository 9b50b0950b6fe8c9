"""Values as Python source: what was text stays text, whatever it holds."""

from __future__ import annotations

import math
from typing import Any

from jobs_api.importers.common.entry import CannotCarry

DEEPEST = 20
LONGEST = 10_000
"""Bits of a number; Python itself writes no more than 4,300 digits."""


def literal(value: Any, depth: int = 0) -> str:
    """The value as an expression that evaluates to it; strings in double quotes where that is readable.

    Raises:
        CannotCarry: a value that has no literal, or one that is nested too deeply.
    """
    kind = type(value)
    if depth > DEEPEST:
        raise CannotCarry("An argument is nested too deeply to be written down.")
    if kind is str:
        return _quoted(value)
    if kind is int and value.bit_length() > LONGEST:
        raise CannotCarry("An argument is a number that is too long to be written down.")
    if value is None or kind in (bool, int) or (kind is float and math.isfinite(value)):
        return repr(value)
    if kind is list:
        return "[" + ", ".join(literal(item, depth + 1) for item in value) + "]"
    if kind is tuple:
        items = [literal(item, depth + 1) for item in value]
        return f"({items[0]},)" if len(items) == 1 else "(" + ", ".join(items) + ")"
    if kind is dict:
        pairs = (f"{literal(key, depth + 1)}: {literal(item, depth + 1)}" for key, item in value.items())
        return "{" + ", ".join(pairs) + "}"
    raise CannotCarry(f"An argument is an object of the class {kind.__name__}, which cannot be written down.")


def _quoted(text: str) -> str:
    if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
        raise CannotCarry("It holds bytes that are not UTF-8.")
    written = repr(text)
    if written[0] == "'" and '"' not in written and "\\'" not in written:
        return f'"{written[1:-1]}"'
    return written

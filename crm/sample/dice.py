"""Chance that is the same every time."""

from __future__ import annotations

from random import Random


def dice(*key: object) -> Random:
    """A generator that depends on `key` only, not on what was drawn before."""
    return Random(" ".join(map(str, key)))  # noqa: S311 - sample data, no secrets

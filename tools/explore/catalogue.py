"""All scenarios by name."""

from __future__ import annotations

from collections.abc import Sequence

from tools.explore import larger, small
from tools.explore.scenario import SCENARIOS, Scenario

MODULES = (small, larger)
"""Importing them registers theirs."""


def chosen(names: Sequence[str] = (), *, short: bool = False) -> list[Scenario]:
    """Those named, or all, or all short ones.

    Raises:
        KeyError: there is none of that name.
    """
    return [
        scenario for scenario in (find(name) for name in names or SCENARIOS) if scenario.short or not short
    ]


def find(name: str) -> Scenario:
    """The scenario of that name."""
    return SCENARIOS[name]

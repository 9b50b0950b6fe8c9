"""All scenarios by name."""

from __future__ import annotations

from collections.abc import Sequence

from tools.explore import larger, small
from tools.explore.scenario import SCENARIOS, Scenario

MODULES = (small, larger)
"""Importing these modules registers their scenarios."""


def chosen(names: Sequence[str] = (), *, short: bool = False) -> list[Scenario]:
    """The scenarios of these names, or all, or all short ones.

    Raises:
        KeyError: no scenario has that name.
    """
    return [
        scenario for scenario in (find(name) for name in names or SCENARIOS) if scenario.short or not short
    ]


def find(name: str) -> Scenario:
    """The scenario of that name."""
    return SCENARIOS[name]

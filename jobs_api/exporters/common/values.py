"""Settings of an export that are not any text."""

from __future__ import annotations

import re

from jobs_api.exporters.common.faults import BadOption
from jobs_api.exporters.common.plan import Plan


def whole(plan: Plan, name: str, greatest: int) -> int:
    """A number from 0 on."""
    value = plan.settings[name]
    if not re.fullmatch(r"\d{1,9}", value, re.ASCII) or int(value) > greatest:
        raise BadOption(f"--set {name}: write a whole number from 0 to {greatest}, not {value!r:.60}.")
    return int(value)


def one_of(plan: Plan, name: str, *choices: str) -> str:
    """One of some words."""
    if (value := plan.settings[name]) not in choices:
        raise BadOption(f"--set {name}: write {', '.join(choices[:-1])} or {choices[-1]}, not {value!r:.60}.")
    return value


def word(plan: Plan, name: str) -> str:
    """A part of a name: letters, digits and . _ -, which each platform takes; it may be empty."""
    if not re.fullmatch(r"[A-Za-z0-9._-]{0,40}", value := plan.settings[name], re.ASCII):
        raise BadOption(f"--set {name}: write at most 40 letters, digits and . _ -, not {value!r:.60}.")
    return value

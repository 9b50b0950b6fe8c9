"""How checks show faults."""

from __future__ import annotations

from collections.abc import Iterator

from django.core import checks

from jobs_api.registry.validation import Fault


def errors(faults: Iterator[Fault]) -> list[checks.CheckMessage]:
    """Faults as errors of Django's."""
    return [checks.Error(fault.text, hint=fault.hint, id=fault.id) for fault in faults]


def warnings(faults: Iterator[Fault]) -> list[checks.CheckMessage]:
    """Faults as warnings of Django's: they keep nobody from starting."""
    return [checks.Warning(fault.text, hint=fault.hint, id=fault.id) for fault in faults]


def whose(names: list[str]) -> str:
    """The sentence that names the jobs that share a fault: up to three."""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"Used by {', '.join(names[:3])}{more}."
